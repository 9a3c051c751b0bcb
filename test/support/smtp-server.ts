import { createServer, type Socket } from "node:net";

type Step = "connect" | "EHLO" | "AUTH" | "MAIL" | "RCPT" | "DATA" | "accept";

/** What goes wrong at a step, so many times: an answer of the server, silence, or a cut line (at `accept`: after it has the mail). */
interface Fault {
  readonly step: Step;
  readonly kind: "answer" | "hang" | "drop";
  readonly answer?: string;
  times: number;
}

/** A mail as the server has it. */
interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A mail server on loopback, as of RFC 5321 and AUTH PLAIN of RFC 4954; without encryption. */
export interface SmtpServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly mails: readonly Mail[];
  /** Every line that clients sent, mails aside. */
  readonly lines: readonly string[];
  fault(step: Step, kind: Fault["kind"], answer?: string, times?: number): void;
  close(): Promise<void>;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const user = "desk";
  const password = "p@ss:w/rd";
  const mails: Mail[] = [];
  const lines: string[] = [];
  const faults: Fault[] = [];
  const sockets = new Set<Socket>();

  /** True when the step went wrong and was dealt with. */
  function goesWrong(step: Step, socket: Socket): boolean {
    const fault = faults.find((each) => each.step === step && each.times > 0);
    if (fault === undefined) return false;
    fault.times -= 1;
    if (fault.kind === "drop") socket.destroy();
    if (fault.kind === "answer") socket.write(`${fault.answer ?? "451 later"}\r\n`);
    return true;
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let text = "";
    let from = "";
    let to: string[] = [];
    let inMail = false;
    const say = (answer: string): void => void socket.write(`${answer}\r\n`);

    function takeMail(raw: string): void {
      const [head = "", ...rest] = raw.split("\r\n\r\n");
      const unfolded = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
      const headers = new Map(
        unfolded.map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
        }),
      );
      const body = rest.join("\r\n\r\n").replaceAll(/^\.\./gm, ".");
      const fault = faults.find((each) => each.step === "accept" && each.times > 0);
      if (fault?.kind !== "answer") mails.push({ from, to, headers, body });
      if (!goesWrong("accept", socket)) say("250 2.0.0 taken");
    }

    function obey(line: string): void {
      lines.push(line);
      const verb = line.split(" ")[0]?.toUpperCase() ?? "";
      switch (verb) {
        case "EHLO":
          if (!goesWrong("EHLO", socket)) say("250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME");
          return;
        case "AUTH": {
          if (goesWrong("AUTH", socket)) return;
          const [, given, secret] = Buffer.from(line.split(" ")[2] ?? "", "base64")
            .toString()
            .split("\0");
          say(given === user && secret === password ? "235 2.7.0 welcome" : "535 5.7.8 bad credentials");
          return;
        }
        case "MAIL":
          from = /<([^>]*)>/.exec(line)?.[1] ?? "";
          to = [];
          if (!goesWrong("MAIL", socket)) say("250 2.1.0 ok");
          return;
        case "RCPT":
          if (goesWrong("RCPT", socket)) return;
          to.push(/<([^>]*)>/.exec(line)?.[1] ?? "");
          say("250 2.1.5 ok");
          return;
        case "DATA":
          if (goesWrong("DATA", socket)) return;
          inMail = true;
          say("354 go on");
          return;
        case "RSET":
          say("250 2.0.0 ok");
          return;
        case "QUIT":
          say("221 2.0.0 bye");
          socket.end();
          return;
        default:
          say("502 5.5.1 what?");
      }
    }

    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (;;) {
        const end = text.indexOf(inMail ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const piece = text.slice(0, end);
        text = text.slice(end + (inMail ? 5 : 2));
        if (inMail) {
          inMail = false;
          takeMail(piece);
        } else obey(piece);
      }
    });
    if (!goesWrong("connect", socket)) say("220 mail.test ESMTP");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "0.0.0.0", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the mail server has no port");
  const { port } = address;

  return {
    port,
    user,
    password,
    mails,
    lines,
    fault: (step, kind, answer, times = 1) =>
      void faults.push({ step, kind, times, ...(answer === undefined ? {} : { answer }) }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
