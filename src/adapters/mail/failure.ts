/** The mail server has not taken a mail. `final`: it says that it never will (5xx after the mail itself was looked at). */
export class MailNotAccepted extends Error {
  readonly final: boolean;

  constructor(cause: unknown) {
    super(`the mail server did not accept the mail: ${explainMail(cause)}`, { cause });
    this.name = "MailNotAccepted";
    this.final = isFinal(cause);
  }
}

/** One line for people; nodemailer's errors carry the server's answer, never the password. */
export function explainMail(error: unknown): string {
  const { code, response, message } = partsOf(error);
  const said = response === "" ? message : response;
  switch (code) {
    case "EAUTH":
      return `user or password refused (${said}): check SMTP_URL`;
    case "EDNS":
    case "ENOTFOUND":
      return `its name is not known (${said}): check the host in SMTP_URL`;
    case "ETLS":
      return `no encrypted connection (${said}): check scheme and port in SMTP_URL`;
    case "ETIMEDOUT":
      return `no answer in time (${said})`;
    case "EENVELOPE":
      return `sender or recipient refused (${said}): check EMAIL_FROM and EMAIL_TO`;
    default:
      return said;
  }
}

/** A permanent refusal of this mail; wrong credentials and the like are put right without it. */
function isFinal(error: unknown): boolean {
  const { code, responseCode } = partsOf(error);
  return responseCode >= 500 && (code === "EENVELOPE" || code === "EMESSAGE");
}

interface Parts {
  readonly code: string;
  readonly response: string;
  readonly responseCode: number;
  readonly message: string;
}

function partsOf(error: unknown): Parts {
  const read = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  const text = (name: string): string => {
    const value = read(name);
    return typeof value === "string" ? value.replaceAll(/\s+/g, " ").trim().slice(0, 300) : "";
  };
  const responseCode = read("responseCode");
  return {
    code: text("code"),
    response: text("response"),
    responseCode: typeof responseCode === "number" ? responseCode : 0,
    message: error instanceof Error ? text("message") : String(error),
  };
}
