import { z } from "zod";
import type { AlpacaServer } from "../alpaca-server.ts";
import type { Reply } from "./routes.ts";

type Op = (args: unknown) => unknown;

const text = z.string();
const amount = z.union([z.string(), z.number()]);
const times = z.number().optional();
const flag = z.boolean();
const bar = z.object({
  t: amount,
  o: z.number(),
  h: z.number(),
  l: z.number(),
  c: z.number(),
  v: z.number(),
});
const days = z.array(z.object({ date: text, open: text, close: text })).nullable();
const asset = z.object({
  tradable: flag,
  shortable: flag,
  fractionable: flag,
  status: z.enum(["active", "inactive"]),
});
const account = z.object({
  cash: amount,
  last_equity: amount,
  multiplier: z.number(),
  account_number: text,
  status: text,
  trading_blocked: flag,
  account_blocked: flag,
  trade_suspended_by_user: flag,
  shorting_enabled: flag,
});
const delays = z.object({
  acceptMs: z.number(),
  fillMs: z.number(),
  cancelMs: z.number(),
  replaceMs: z.number(),
});
const fault = z.discriminatedUnion("kind", [
  z.object({
    kind: z.enum(["drop-before", "accept-then-drop", "hang", "accept-then-hang", "broken-json", "cut-body"]),
  }),
  z.object({ kind: z.literal("slow"), ms: z.number() }),
  z.object({ kind: z.literal("status"), code: z.number(), body: z.unknown() }),
  z.object({ kind: z.literal("accept-then-5xx"), code: z.number().default(504) }),
  z.object({ kind: z.literal("429"), retryAfterSeconds: z.number().default(1) }),
]);

/** The fields that were given; a missing one stays as it is. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const out: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in values) {
    const value = values[key];
    if (isDefined(value)) out[key] = value;
  }
  return out;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

/** Checks the arguments, then runs. */
function op<T>(args: z.ZodType<T>, run: (args: T) => unknown): Op {
  return (values) => run(args.parse(values));
}

/**
 * The test API over HTTP, for a bot that runs in another process: POST /_control/<method> with {"args": […]} calls the
 * method of that name and answers {"result": …}; GET /_control/dump answers everything recorded.
 */
export function controlOf(server: AlpacaServer): (name: string, body: unknown) => Reply {
  const count = z.tuple([text, times]);
  const one = z.tuple([text]);
  const none = z.tuple([]);
  const ops: Readonly<Record<string, Op>> = {
    setClock: op(
      z.tuple([z.union([z.number(), z.literal("real")]), z.enum(["fixed", "running"]).default("fixed")]),
      ([nowMs, mode]) => server.setClock(nowMs, mode),
    ),
    setOpen: op(z.tuple([z.union([flag, z.literal("calendar")])]), ([open]) => server.setOpen(open)),
    setCalendar: op(z.tuple([days]), ([calendar]) => server.setCalendar(calendar)),
    setBars: op(z.tuple([text, text, z.array(bar)]), (args) => server.setBars(...args)),
    addBars: op(z.tuple([text, text, z.array(bar)]), ([symbol, timeframe, bars]) => {
      for (const each of bars) server.addBar(symbol, timeframe, each);
    }),
    setPrice: op(z.tuple([text, amount]), (args) => server.setPrice(...args)),
    setLastDayPrice: op(z.tuple([text, amount]), (args) => server.setLastDayPrice(...args)),
    setAsset: op(z.tuple([text, asset.partial()]), ([symbol, changes]) =>
      server.setAsset(symbol, given(changes)),
    ),
    setAccount: op(z.tuple([account.partial()]), ([changes]) => server.setAccount(given(changes))),
    setPosition: op(z.tuple([text, amount, amount]), (args) => server.setPosition(...args)),
    setFillMode: op(z.tuple([text, z.enum(["auto", "partial", "manual"])]), (args) =>
      server.setFillMode(...args),
    ),
    setDelays: op(z.tuple([delays.partial()]), ([changes]) => server.setDelays(given(changes))),
    setRateLimit: op(z.tuple([z.number(), times]), (args) => server.setRateLimit(...args)),
    fill: op(z.tuple([text, amount.optional(), amount.optional()]), (args) => server.fill(...args)),
    rejectNext: op(count, (args) => server.rejectNext(...args)),
    refuseClose: op(count, (args) => server.refuseClose(...args)),
    endDay: op(none, () => server.endDay()),
    expireDue: op(none, () => server.expireDue()),
    expire: op(one, ([id]) => server.expire(id)),
    fault: op(z.tuple([text, fault, times]), (args) => server.faults.next(...args)),
    clearFaults: op(none, () => server.faults.clear()),
    dropStreams: op(none, () => server.dropStreams()),
    freezeStreams: op(z.tuple([times]), ([deadAfterMs]) => server.freezeStreams(deadAfterMs)),
    refuseStreams: op(z.tuple([z.number()]), ([left]) => server.refuseStreams(left)),
    muteStream: op(z.tuple([flag]), ([muted]) => server.muteStream(muted)),
    duplicateUpdates: op(z.tuple([z.number()]), ([left]) => server.duplicateUpdates(left)),
    reorderUpdates: op(z.tuple([flag]), ([on]) => server.reorderUpdates(on)),
    delayUpdates: op(z.tuple([z.number()]), ([ms]) => server.delayUpdates(ms)),
  };
  const envelope = z.object({ args: z.array(z.unknown()).default([]) }).default({ args: [] });
  return (name, body) => {
    if (name === "dump") return { status: 200, body: server.dump() };
    const run = Object.hasOwn(ops, name) ? ops[name] : undefined;
    if (run === undefined) return { status: 404, body: { message: `no control operation ${name}` } };
    try {
      return { status: 200, body: { result: run(envelope.parse(body).args) ?? null } };
    } catch (error) {
      return { status: 400, body: { message: error instanceof Error ? error.message : String(error) } };
    }
  };
}
