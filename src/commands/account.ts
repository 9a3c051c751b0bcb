import { dollars } from "../core/figures.ts";
import { unknownName } from "../core/suggest.ts";
import type { AccountView, Desk } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Args, CommandSpec, Confirm } from "./contract.ts";
import { counted, orNone, titleWithMode } from "./format.ts";
import { confirmLive } from "./mode.ts";

export const accountList: CommandSpec = {
  path: ["account", "list"],
  summary: "the accounts there are keys for, which one is in use, and what is open in each",
  examples: ["/account list"],
  args: [],
  role: () => "viewer",
  run: async ({ desk }) => {
    const accounts = await desk.accounts();
    return {
      title: await titleWithMode(desk, "Accounts"),
      text: `${counted(accounts.length, "account")}; commands and runs mean ${accounts.find(({ inUse }) => inUse)?.name ?? "none of them"}.`,
      table: {
        columns: [
          { header: "account" },
          { header: "mode" },
          { header: "in use" },
          { header: "number" },
          { header: "equity", align: "right" },
          { header: "runs", align: "right" },
          { header: "positions", align: "right" },
          { header: "connection" },
        ],
        rows: accounts.map(cells),
      },
    };
  },
};

function cells(account: AccountView): readonly string[] {
  const { name, mode, inUse, numberEnd, equity, runs, positions, broker, connection } = account;
  return [
    name,
    mode.toUpperCase(),
    inUse ? "yes" : "no",
    orNone(numberEnd, (end) => `…${end}`),
    orNone(equity, dollars),
    String(runs),
    String(positions),
    `${broker}, ${connection}`,
  ];
}

export const accountUse: CommandSpec = {
  path: ["account", "use"],
  summary: "changes the account that commands and runs mean; live needs every lock and a second admin",
  examples: ["/account use paper", "/account use live"],
  args: [{ name: "name", kind: "text", required: true, description: "an account of /account list" }],
  role: () => "admin",
  confirm: async ({ desk }, args) => {
    const wanted = await wantedAccount(desk, args);
    if (wanted.kind === "answer") return wanted;
    return wanted.account.mode === "live" ? confirmLive(desk) : { kind: "go" };
  },
  run: async (context, args) => {
    const { desk } = context;
    const wanted = await wantedAccount(desk, args);
    if (wanted.kind === "answer") return { ...wanted.message };
    const outcome = await desk.setMode(wanted.account.mode, byOf(context));
    return outcomeAnswer(outcome, {
      title: await titleWithMode(desk, `Account ${wanted.account.name}`),
      tone: wanted.account.mode === "live" ? "warn" : "good",
    });
  },
};

type Wanted =
  | { readonly kind: "account"; readonly account: AccountView }
  | Extract<Confirm, { kind: "answer" }>;

async function wantedAccount(desk: Desk, { values }: Args): Promise<Wanted> {
  const name = values["name"] ?? "";
  const accounts = await desk.accounts();
  const account = accounts.find((each) => each.name === name.toLowerCase());
  if (account === undefined) {
    const names = accounts.map((each) => each.name);
    return { kind: "answer", message: refusal(unknownName("account", name, names)) };
  }
  return account.inUse
    ? { kind: "answer", message: refusal(`the account in use is ${account.name} already`) }
    : { kind: "account", account };
}
