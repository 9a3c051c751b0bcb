import { JOURNAL_COLUMNS, journalRow } from "../app/export.ts";
import { readTag } from "../app/journal.ts";
import { exitWords } from "../app/wording.ts";
import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Position } from "../core/position.ts";
import { tradeFigures, type Slippage } from "../core/trade-figures.ts";
import type { Field } from "../message.ts";
import type { Desk, JournalFilter, JournalRow, OfAccount, Where } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Answer, Args, ArgSpec, CommandContext, CommandSpec } from "./contract.ts";
import { duration, minuteText, orNone, riskMultiple, titleWithMode } from "./format.ts";
import { FILE_ROWS, fileLimit, fileOf, FORMAT, PAGE, pageOf, pageParts } from "./paging.ts";
import { echo } from "./words.ts";

/** Entries a page, and characters of each: together what every platform shows whole; a file has all of it. */
const ENTRIES = 5;
const SHOWN_CHARACTERS = 600;

const NUMBER: ArgSpec = {
  name: "id",
  kind: "text",
  required: true,
  description: "number of a trade or position, as /trades and /positions show it",
};

const NOTE: ArgSpec = {
  name: "text",
  kind: "text",
  required: true,
  description: "the note",
  verbatim: true,
};

export const journalNote: CommandSpec = {
  path: ["journal", "note"],
  summary: "writes a note to a trade or an open position, 10 kB at most",
  examples: ["/journal note 12 chased the open, should have waited for the pullback"],
  args: [NUMBER, NOTE],
  form: {
    title: "Journal note",
    fields: [
      { ...NUMBER, label: "Trade or position" },
      { ...NOTE, label: "Note" },
    ],
    leads: 1,
    check: ({ values }) =>
      readNumber(values["id"]) === undefined ? { id: "a number, as /trades and /positions show it" } : {},
  },
  role: () => "trader",
  run: async (context, { values }) => {
    const number = readNumber(values["id"]);
    if (number === undefined) return notANumber(values["id"] ?? "");
    const note = values["text"] ?? "";
    const outcome = await context.desk.addNote({ number }, note, whereOf(context), byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Journal"), tone: "good" });
  },
};

const TAGS: ArgSpec = {
  name: "tags",
  kind: "text",
  required: true,
  description: "one tag or several with blanks between",
};

export const journalTag: CommandSpec = {
  path: ["journal", "tag"],
  summary: "puts tags on a trade or an open position",
  examples: ["/journal tag 12 fomo late-entry"],
  args: [NUMBER, TAGS],
  role: () => "trader",
  run: (context, args) => tag(context, args, "tag"),
};

export const journalUntag: CommandSpec = {
  path: ["journal", "untag"],
  summary: "takes tags off again",
  examples: ["/journal untag 12 fomo"],
  args: [NUMBER, TAGS],
  role: () => "trader",
  run: (context, args) => tag(context, args, "untag"),
};

async function tag(context: CommandContext, { values }: Args, kind: "tag" | "untag"): Promise<Answer> {
  const number = readNumber(values["id"]);
  if (number === undefined) return notANumber(values["id"] ?? "");
  const tags = (values["tags"] ?? "").split(/[\s,]+/).filter((word) => word !== "");
  const outcome = await context.desk.changeTags({ number }, { kind, tags }, whereOf(context), byOf(context));
  return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Journal"), tone: "good" });
}

function whereOf({ actor, channel }: CommandContext): Where {
  return { platform: actor.platform, channel };
}

/** `12` or `#12`. */
function readNumber(word: string | undefined): number | undefined {
  const digits = /^#?(\d{1,12})$/.exec(word ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function notANumber(word: string): Answer {
  return refusal(
    `${echo(word)} is not the number of a trade; /trades and /positions show them, for example 12`,
  );
}

export const journalShow: CommandSpec = {
  path: ["journal", "show"],
  summary: "notes and tags of a trade or position, of everything with a tag, or the newest",
  examples: ["/journal show", "/journal show 12", "/journal show fomo"],
  args: [
    // Before the free word, which would take it too.
    FORMAT,
    { name: "what", kind: "text", required: false, description: "number of a trade or position, or a tag" },
    PAGE,
  ],
  role: () => "viewer",
  run: async ({ desk }, args) => {
    const { what } = args.values;
    const number = readNumber(what);
    if (number !== undefined) {
      const position = await desk.findPosition(number);
      return position === undefined
        ? refusal(`no trade or position #${number}; /trades and /positions show the numbers`)
        : showPosition(desk, args, position);
    }
    const wanted = what === undefined ? undefined : readTag(what);
    if (what !== undefined && wanted === undefined) return notANumber(what);
    return showEntries(desk, args, wanted);
  },
};

async function showPosition(desk: Desk, args: Args, position: Position): Promise<Answer> {
  const tags = (await desk.tagsOf([position.id])).get(position.id) ?? [];
  const entries = await entriesOf(desk, args, { positionId: position.id });
  const state = position.status === "open" ? "open" : "closed";
  return {
    title: await titleWithMode(desk, `#${position.number} ${position.symbol} (${position.strategyId})`),
    text: [
      `${entriesText(entries.total)}${tags.length === 0 ? "" : ` · tags: ${tags.join(", ")}`}`,
      ...entries.texts,
    ].join("\n\n"),
    fields: [{ label: "State", value: state }, ...(await figureFields(desk, position))],
    ...entries.parts,
  };
}

async function showEntries(desk: Desk, args: Args, wanted: string | undefined): Promise<Answer> {
  const entries = await entriesOf(desk, args, wanted === undefined ? {} : { tag: wanted });
  const used = await desk.tagCounts();
  const known = used.slice(0, 15).map((each) => `${each.tag} (${each.positions})`);
  const footer = known.length === 0 ? [] : [`Tags: ${known.join(", ")}`];
  const about = wanted === undefined ? "" : ` about what is tagged ${wanted}`;
  return {
    title: await titleWithMode(desk, wanted === undefined ? "Journal" : `Journal #${wanted}`),
    text:
      entries.total === 0
        ? `No journal entries${about} yet; /journal note ID text writes one.`
        : [`${entriesText(entries.total)}${about}.`, ...entries.texts].join("\n\n"),
    ...entries.parts,
    footer: [...(entries.parts.footer ?? []), ...footer],
  };
}

async function entriesOf(desk: Desk, args: Args, filter: OfAccount<JournalFilter>) {
  const total = await desk.journalCount(filter);
  const page = pageOf(args, total, ENTRIES);
  const rows = total === 0 ? [] : await desk.journal({ ...filter, limit: page.limit, offset: page.offset });
  const { footer, buttons } = pageParts(journalShow, args, page, "history");
  const all = args.values["format"] === undefined ? [] : await desk.journal({ ...filter, limit: FILE_ROWS });
  return {
    total,
    texts: rows.map(entryText),
    parts: {
      footer: [...footer, ...fileLimit(args, total, "alphaflow export journal")],
      buttons,
      ...fileOf(args, "journal", JOURNAL_COLUMNS, all.map(journalRow)),
    },
  };
}

function entriesText(count: number): string {
  return `${count} ${count === 1 ? "entry" : "entries"}`;
}

/** `2026-07-31 15:03 UTC · #12 AAPL · ann (slack): chased it` */
function entryText(entry: JournalRow): string {
  const who = entry.name === "" ? entry.actor : entry.name;
  const head = `${minuteText(entry.atMs)} · #${entry.number} ${entry.symbol} · ${who} (${entry.platform})`;
  if (entry.kind !== "note") return `${head} ${entry.kind === "tag" ? "tagged" : "untagged"} ${entry.text}`;
  const characters = Array.from(entry.text);
  const shown =
    characters.length <= SHOWN_CHARACTERS
      ? entry.text
      : `${characters.slice(0, SHOWN_CHARACTERS).join("")}… (${characters.length} characters; csv or json has all)`;
  return `${head}: ${shown}`;
}

async function figureFields(desk: Desk, position: Position): Promise<readonly Field[]> {
  const reason: readonly Field[] =
    position.entryText === null ? [] : [{ label: "Entry reason", value: position.entryText }];
  const bought = `${sharesText(position.boughtQuantity)} @ ${dollars(position.entryPrice)}`;
  const [trade] = position.status === "open" ? [] : await desk.trades({ positionId: position.id, limit: 1 });
  if (trade === undefined) return [{ label: "Bought", value: bought }, ...reason];
  const figures = tradeFigures(trade);
  const why = trade.exitText === null ? "" : `: ${trade.exitText}`;
  return [
    { label: "Bought", value: bought },
    { label: "Sold", value: `${sharesText(trade.quantity)} @ ${dollars(trade.exitPrice)}` },
    { label: "P&L", value: `${signedDollars(trade.pnl)} (${signedPercent(trade.pnlPercent)})` },
    { label: "R", value: orNone(figures.rMultiple, riskMultiple) },
    { label: "MAE", value: excursionText(figures.mae?.toNumber(), figures.maeR) },
    { label: "MFE", value: excursionText(figures.mfe?.toNumber(), figures.mfeR) },
    { label: "Slippage entry", value: slippageText(figures.entrySlippage) },
    { label: "Slippage exit", value: slippageText(figures.exitSlippage) },
    { label: "Fees", value: trade.fees === null ? "not reported by the broker" : dollars(trade.fees) },
    { label: "Held", value: duration(figures.holdingMs) },
    { label: "Exit", value: `${exitWords(trade.exitReason)}${why}` },
    ...reason,
  ];
}

function excursionText(amount: number | undefined, inR: number | null): string {
  return orNone(amount, (value) => `${signedDollars(value)}${inR === null ? "" : ` (${riskMultiple(inR)})`}`);
}

function slippageText(slippage: Slippage | null): string {
  return orNone(
    slippage,
    ({ cost, bps, decisionPrice }) =>
      `${signedDollars(cost)} (${bps.toFixed(1)} bps against ${dollars(decisionPrice)})`,
  );
}
