/** The sink of the outbox that goes by mail; every other one is a chat platform. */
export const MAIL_SINK = "mail";
