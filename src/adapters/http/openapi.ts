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
      schemas: { Position: POSITION, Error: ERROR },
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
  return path.startsWith("/api/positions/")
    ? { type: "array", items: { $ref: "#/components/schemas/Position" } }
    : {};
}

function json(description: string, schema: unknown): unknown {
  return { description, content: { "application/json": { schema } } };
}

const PROBLEM = json("What is wrong, and what would be right", { $ref: "#/components/schemas/Error" });

const HEALTH = {
  summary: "Whether the bot is ready; without the token where one is set, only that",
  responses: { "200": json("Ready", {}), "503": json("Not ready yet, or not any more", {}) },
};
