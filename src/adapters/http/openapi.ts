import type { Route } from "./routes.ts";

const NUMBER = { type: "number" };
const STRING = { type: "string" };
const TIME = { type: "string", format: "date-time" };
const NULLABLE_NUMBER = { type: ["number", "null"] };

const POSITION = {
  type: "object",
  properties: {
    symbol: STRING,
    strategy_id: STRING,
    shares: NUMBER,
    entry_price: NUMBER,
    entry_time: TIME,
    stop_loss: NULLABLE_NUMBER,
    take_profit: NULLABLE_NUMBER,
    current_price: NULLABLE_NUMBER,
    unrealized_pnl: NULLABLE_NUMBER,
    unrealized_pnl_percent: NULLABLE_NUMBER,
  },
};
const TEXT_OR_NULL = { type: ["string", "null"] };

function maybe(description: string): object {
  return { ...NULLABLE_NUMBER, description };
}

const TRADE = {
  type: "object",
  properties: {
    symbol: STRING,
    strategy_id: STRING,
    shares: NUMBER,
    entry_time: TIME,
    entry_price: NUMBER,
    exit_time: TIME,
    exit_price: NUMBER,
    pnl: { ...NUMBER, description: "USD, fees not taken off" },
    pnl_percent: NUMBER,
    exit_reason: STRING,
    number: { ...NUMBER, description: "what people call the trade by: #12" },
    r_multiple: maybe("P&L ÷ initial risk"),
    initial_stop: NULLABLE_NUMBER,
    initial_risk: maybe("(entry − first stop) × shares, USD"),
    holding_seconds: NUMBER,
    mae: maybe("(lowest price seen while open − entry) × shares, USD: 0 or negative"),
    mae_r: maybe("MAE ÷ initial risk"),
    mfe: maybe("(highest price seen while open − entry) × shares, USD: 0 or positive"),
    mfe_r: maybe("MFE ÷ initial risk"),
    entry_decision_price: NULLABLE_NUMBER,
    entry_slippage: maybe("what the fills cost against the decision price, USD; negative is a gain"),
    entry_slippage_bps: NULLABLE_NUMBER,
    exit_decision_price: NULLABLE_NUMBER,
    exit_slippage: maybe("as entry_slippage"),
    exit_slippage_bps: NULLABLE_NUMBER,
    fees: maybe("charged by the broker for this trade's orders, USD; null: not reported by the broker"),
    entry_text: TEXT_OR_NULL,
    exit_text: TEXT_OR_NULL,
    tags: { type: "array", items: STRING },
    run_id: TEXT_OR_NULL,
    position_id: STRING,
  },
};
const ERROR = { type: "object", required: ["error"], properties: { error: STRING } };

/** The API's description, OpenAPI 3.1, from the routes' declarations. */
export function openApi(routes: readonly Route[], version: string): object {
  const paths = routes.map((route) => [route.path, { get: operation(route) }]);
  return {
    openapi: "3.1.0",
    info: { title: "AlphaFlow", version },
    security: [{ token: [] }],
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "HTTP_TOKEN, where it is set" },
      },
      schemas: { Position: POSITION, Trade: TRADE, Error: ERROR },
    },
    paths: {
      ...Object.fromEntries(paths),
      "/api/health": { get: HEALTH },
    },
  };
}

function operation({ path, summary, query }: Route): unknown {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? []);
  return {
    summary,
    parameters: [
      ...inPath.map((name) => ({ name, in: "path", required: true, schema: STRING })),
      ...Object.entries(query).map(([name, description]) => ({
        name,
        in: "query",
        description,
        schema: STRING,
      })),
    ],
    responses: { "200": json("The answer", answerSchema(path)), default: PROBLEM },
  };
}

function answerSchema(path: string): unknown {
  if (path.startsWith("/api/positions/")) return listOf("Position");
  return path === "/api/trades" ? listOf("Trade") : {};
}

function listOf(schema: string): unknown {
  return { type: "array", items: { $ref: `#/components/schemas/${schema}` } };
}

function json(description: string, schema: unknown): unknown {
  return { description, content: { "application/json": { schema } } };
}

const PROBLEM = json("What is wrong, and what would be right", { $ref: "#/components/schemas/Error" });

const HEALTH = {
  summary: "Whether the bot is ready; without the token where one is set, only that",
  responses: { "200": json("Ready", {}), "503": json("Not ready yet, or not any more", {}) },
};
