import { answered } from "../app/alerts/revise.ts";
import type { AlertRow, Confirmation, ConfirmationUse } from "../ports.ts";
import type { Button, Message } from "../message.ts";
import { refusal, roleTooLow } from "./answers.ts";
import { isConsole, isSole, mayUse } from "./authorize.ts";
import { actorId, actorLabel, type BusParts } from "./bus.ts";
import type { Actor, Answer, Args, CommandRequest, CommandSpec, Confirm, Role } from "./contract.ts";
import { parseCommand } from "./parse.ts";
import { namedWord, oneLine, splitWords } from "./words.ts";

const CODE_LENGTH = 6;
const VALID_MS = 60_000;
const SECONDS = VALID_MS / 1_000;
/** So many audit rows back the name of the person who asked is looked for. */
const AUDITS_READ = 200;

/** `/confirm CODE [account number]`; the bus runs what the code stands for. */
export const confirm: CommandSpec = {
  path: ["confirm"],
  summary: "confirms what was asked before, with the code that was shown",
  examples: ["/confirm K7QD2X"],
  args: [
    { name: "code", kind: "text", required: true, description: "the code that was shown" },
    {
      name: "account",
      kind: "text",
      required: false,
      description: "for /mode live with one admin only: the live account number",
    },
  ],
  role: () => "viewer",
  run: () => Promise.reject(new Error("/confirm is run by the command bus")),
};

/** A command as the audit may have it: what is given beside a confirmation code (an account number) stays out. */
export function withoutSecrets(text: string): string {
  const [first, ...rest] = splitWords(text.trim().replace(/^\//, ""));
  if (first?.toLowerCase() !== "confirm") return text;
  const given = rest.map((word) => namedWord(word) ?? { name: "code", value: word });
  const code = given.find(({ name }) => name === "code");
  const withheld = given.some((each) => each !== code);
  return ["/confirm", ...(code === undefined ? [] : [code.value]), ...(withheld ? ["…"] : [])].join(" ");
}

/**
 * Keeps the command under a new code and shows what it would do, with the button that confirms it. Where a second person
 * must press, the button goes to every channel with the next delivery of alerts: that person may sit at another platform.
 */
export async function askConfirmation(
  parts: BusParts,
  request: CommandRequest,
  ask: Extract<Confirm, { kind: "ask" }>,
  role: Role,
): Promise<{ readonly answer: Answer; readonly secondPerson: boolean }> {
  const { actor } = request;
  const sole = isSole(actor, role, parts.roles);
  const secondPerson = ask.secondPerson === "where_there_is_one" ? !sole : ask.secondPerson;
  const code = parts.ids.short(CODE_LENGTH).toUpperCase();
  const nowMs = parts.clock.nowMs();
  const confirmation: Confirmation = {
    code,
    command: ask.command ?? request.text,
    platform: actor.platform,
    userId: actor.userId,
    secondPerson,
    expiresAt: nowMs + VALID_MS,
    used: null,
  };
  const button: Button = {
    label: "Confirm",
    command: `/confirm ${code}`,
    style: ask.preview.tone === "bad" ? "danger" : "primary",
  };
  const how = howTo(role, secondPerson, sole, code);
  await parts.ledger.transaction(async (tx) => {
    await tx.insertConfirmation(confirmation);
    if (secondPerson && !sole)
      await tx.insertAlert(callForSecond(request, ask.preview, confirmation, button, how));
  });
  const answer = {
    ...ask.preview,
    footer: [...(ask.preview.footer ?? []), how],
    buttons: [...(ask.preview.buttons ?? []), ...(secondPerson ? [] : [button])],
  };
  return { answer, secondPerson };
}

/** The same card in every channel, for whoever may be the second person. */
function callForSecond(
  { actor, text }: CommandRequest,
  preview: Message,
  { code, expiresAt }: Confirmation,
  button: Button,
  how: string,
): AlertRow {
  return {
    key: callKey(code, expiresAt),
    kind: "approval",
    urgency: "always",
    atMs: expiresAt - VALID_MS,
    message: {
      ...preview,
      text: `${actorLabel(actor)} asks for ${oneLine(text, 200)}\n${preview.text}`,
      footer: [...(preview.footer ?? []), how],
      buttons: [button],
    },
  };
}

/** A code comes again one day, for another command. */
function callKey(code: string, expiresAt: number): string {
  return `confirm:${code}:${expiresAt}`;
}

function howTo(role: Role, secondPerson: boolean, sole: boolean, code: string): string {
  if (secondPerson && sole)
    return `You are the only ${role}: confirm within ${SECONDS} s with /confirm ${code} and the live account number after it.`;
  const who = secondPerson ? `Another ${role} confirms` : "Confirm";
  return `${who} within ${SECONDS} s: /confirm ${code}`;
}

export type Press =
  | {
      readonly kind: "run";
      readonly command: string;
      readonly spec: CommandSpec;
      readonly args: Args;
      /** Who asked and who confirmed, for the audit. */
      readonly note: string;
    }
  | { readonly kind: "refused"; readonly answer: Answer };

/** Checks a press from the beginning: code, time, person, role as it is now. Only what passes uses the code up. */
export async function takeConfirmation(
  parts: BusParts,
  { actor, deliveryId }: CommandRequest,
  role: Role,
  args: Args,
): Promise<Press> {
  const use = { delivery: `${actor.platform} ${deliveryId}`, by: actorLabel(actor) };
  const code = (args.values["code"] ?? "").toUpperCase();
  const asked = await parts.ledger.confirmation(code);
  if (asked === undefined) return refused("That code is unknown. Give the command again to get a new one.");
  // This very press used it, in time, and its process died: what it began goes on.
  const goesOn = asked.used?.delivery === use.delivery;
  if (!goesOn && asked.used !== null) return refused(usedBy(asked.used));
  if (!goesOn && parts.clock.nowMs() >= asked.expiresAt)
    return refused(`That code has expired after ${SECONDS} s. Give the command again to get a new one.`);
  const parsed = parseCommand(asked.command, parts.commands);
  if (parsed.kind === "invalid")
    throw new Error(`confirmation ${code} holds an unreadable command: ${parsed.text}`);
  const { spec } = parsed;
  const needed = spec.role(parsed.args);
  const objection = asked.secondPerson
    ? secondPersonObjection(parts, asked, actor, needed, args.values["account"])
    : ownerObjection(asked, actor);
  if (objection !== undefined) return refused(objection);
  if (!mayUse(role, needed)) return { kind: "refused", answer: roleTooLow(spec, needed, role) };
  const used = await parts.ledger.transaction(async (tx) => {
    if (!(await tx.useConfirmation(code, use))) return false;
    await answered(tx, callKey(code, asked.expiresAt), `confirmed by ${use.by}`, "good");
    return true;
  });
  if (!used) return refused(usedBy((await parts.ledger.confirmation(code))?.used ?? undefined));
  const note = isAsker(asked, actor)
    ? `asked and confirmed by ${actorLabel(actor)}`
    : `asked by ${await askerLabel(parts, asked)}, confirmed by ${actorLabel(actor)}`;
  return { kind: "run", command: asked.command, spec, args: parsed.args, note };
}

function refused(text: string): Press {
  return { kind: "refused", answer: refusal(text) };
}

function usedBy(use: ConfirmationUse | undefined): string {
  return `That code was used already${use === undefined ? "" : ` by ${use.by}`}.`;
}

function isAsker(asked: Confirmation, actor: Actor): boolean {
  return asked.platform === actor.platform && asked.userId === actor.userId;
}

function ownerObjection(asked: Confirmation, actor: Actor): string | undefined {
  return isAsker(asked, actor)
    ? undefined
    : "Only the person who gave the command can confirm it. Nothing was done.";
}

function secondPersonObjection(
  parts: BusParts,
  asked: Confirmation,
  actor: Actor,
  role: Role,
  account: string | undefined,
): string | undefined {
  if (!isAsker(asked, actor))
    return isConsole(actor)
      ? `The console is never the second person: another ${role} must confirm in Slack or Discord. Nothing was done.`
      : undefined;
  if (!isSole(actor, role, parts.roles))
    return `A second ${role} must confirm this; you asked for it. Nothing was done.`;
  if (account === undefined)
    return `You are the only ${role}: type the live account number after the code, /confirm CODE ACCOUNTNUMBER. Nothing was done.`;
  return parts.liveAccountNumber !== null && account.trim() === parts.liveAccountNumber
    ? undefined
    : "That is not the live account number. Nothing was done.";
}

/** The audit knows the name of the person who asked; a confirmation only keeps the id. */
async function askerLabel(parts: BusParts, asked: Confirmation): Promise<string> {
  const id = actorId(asked);
  const rows = await parts.ledger.audits(AUDITS_READ);
  return rows.find((row) => row.actor === id || row.actor.startsWith(`${id} (`))?.actor ?? id;
}
