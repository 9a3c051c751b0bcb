/** Everything the program needs from outside, as interfaces: one file a subject. */
export type * from "./ports/system.ts";
export type * from "./ports/broker.ts";
export type * from "./ports/market-data.ts";
export type * from "./ports/bar-archive.ts";
export type * from "./ports/records.ts";
export type * from "./ports/alerts.ts";
export type * from "./ports/cards.ts";
export type * from "./ports/intake.ts";
export type * from "./ports/ledger.ts";
export type * from "./ports/chat.ts";
export type * from "./ports/requests.ts";
export type * from "./ports/views.ts";
export type * from "./ports/desk.ts";
export type * from "./ports/studies.ts";
export type * from "./ports/onnx.ts";
export type * from "./ports/unrecorded.ts";
