import { dollars, sharesText } from "../core/figures.ts";
import type { Button } from "../message.ts";
import type { ExternalView } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { CommandSpec } from "./contract.ts";
import { counted, orNone, titleWithMode } from "./format.ts";

const ACTIONS = ["adopt", "close", "ignore"] as const;

function actionOf(word: string | undefined): (typeof ACTIONS)[number] | undefined {
  return ACTIONS.find((action) => action === word);
}

export const external: CommandSpec = {
  path: ["external"],
  summary: "holdings that no run opened: adopt one as manual, close it, or leave it alone",
  examples: ["/external", "/external adopt AAPL stop=170", "/external close AAPL", "/external ignore AAPL"],
  args: [
    { name: "action", kind: "choice", required: false, description: "what to do with it", choices: ACTIONS },
    { name: "symbol", kind: "symbol", required: false, description: "the symbol that is held" },
    {
      name: "stop",
      kind: "text",
      required: false,
      description: "stop price of an adopted position (5 % under the price)",
      named: true,
    },
  ],
  role: ({ values }) => (values["action"] === undefined ? "viewer" : "trader"),
  confirm: async ({ desk }, { values }) => {
    const { action, symbol } = values;
    if (action !== "close" || symbol === undefined) return { kind: "go" };
    const held = (await desk.externals()).find((each) => each.symbol === symbol);
    if (held === undefined) return { kind: "go" };
    return {
      kind: "ask",
      secondPerson: false,
      preview: {
        title: await titleWithMode(desk, `Close ${symbol}?`),
        text: `Close ${sharesText(held.quantity)} ${symbol} at market (about ${orNone(held.currentPrice, dollars)} a share), held outside AlphaFlow?`,
        tone: "warn",
      },
    };
  },
  run: async (context, { values }) => {
    const { desk } = context;
    const action = actionOf(values["action"]);
    if (action === undefined)
      return list(await titleWithMode(desk, "External holdings"), await desk.externals());
    const { symbol, stop } = values;
    if (symbol === undefined) return refusal(`say which symbol, for example /external ${action} AAPL`);
    const stopPrice = stop === undefined ? null : Number(stop);
    if (stopPrice !== null && !(stopPrice > 0 && Number.isFinite(stopPrice)))
      return refusal(`stop=${stop}: expected a price above 0`);
    const outcome = await desk.decideExternal(action, symbol, stopPrice, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(desk, "External holdings"), tone: "good" });
  },
};

function list(title: string, externals: readonly ExternalView[]) {
  if (externals.length === 0) return { title, text: "Nothing is held outside AlphaFlow." };
  return {
    title,
    text: `${counted(externals.length, "holding")} that no run opened; their symbols take no entries until that is decided.`,
    table: {
      columns: [
        { header: "symbol" },
        { header: "shares", align: "right" as const },
        { header: "price", align: "right" as const },
      ],
      rows: externals.map(({ symbol, quantity, currentPrice }) => [
        symbol,
        sharesText(quantity),
        orNone(currentPrice, dollars),
      ]),
    },
    buttons: externals.slice(0, 3).flatMap(({ symbol }) => externalButtons(symbol)),
  };
}

function externalButtons(symbol: string): readonly Button[] {
  return [
    { label: `Adopt ${symbol}`, command: `/external adopt ${symbol}`, style: "primary" },
    { label: `Close ${symbol}`, command: `/external close ${symbol}`, style: "danger" },
    { label: `Ignore ${symbol}`, command: `/external ignore ${symbol}` },
  ];
}
