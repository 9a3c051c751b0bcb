import { createHash } from "node:crypto";
import { createTransport, type Transporter } from "nodemailer";
import type { Mailer } from "../../ports.ts";
import { explainMail, MailNotAccepted } from "./failure.ts";
import { renderMail } from "./render.ts";

export interface MailOptions {
  /** smtp://user:password@host:587 (STARTTLS) or smtps://…:465. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Patience with the server at each step, ms. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Alerts by SMTP: one connection a mail, none kept. `send` throws MailNotAccepted unless the server has taken the mail. The
 * Message-ID is made of the alert's key, so that a mail whose answer was lost, and that was sent again, can be known.
 */
export function createMailer(options: MailOptions): Mailer {
  const transport = transportOf(options);
  const { from, to } = options;
  return {
    description: to.join(", "),
    async send(alert) {
      const { subject, text } = renderMail(alert);
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject,
          text,
          messageId: messageId(alert.key, from),
          headers: {
            "X-AlphaFlow-Key": alert.key.replaceAll(/[^\x21-\x7e]/g, "_"),
            "Auto-Submitted": "auto-generated",
          },
        });
      } catch (error) {
        throw new MailNotAccepted(error);
      }
    },
    close: () => transport.close(),
  };
}

/** Whether the server can be reached and takes the credentials: "" or what is wrong, in one line. */
export async function checkMail(options: MailOptions): Promise<string> {
  const transport = transportOf(options);
  try {
    await transport.verify();
    return "";
  } catch (error) {
    return explainMail(error);
  } finally {
    transport.close();
  }
}

function transportOf({ url, timeoutMs = TIMEOUT_MS }: MailOptions): Transporter {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  return createTransport({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // A password goes over the network encrypted or not at all.
    requireTLS: !secure && username !== "" && !LOOPBACK.has(hostname),
    ...(username === ""
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function messageId(key: string, from: string): string {
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? "alphaflow";
  return `<${createHash("sha256").update(key).digest("hex").slice(0, 32)}@${domain}>`;
}
