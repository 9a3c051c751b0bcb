import type { Desk } from "../../ports.ts";
import { knownStrategy, type Query } from "./query.ts";
import {
  decisionJson,
  orderJson,
  performanceJson,
  positionJson,
  riskJson,
  strategiesJson,
  tradeJson,
} from "./shapes.ts";

const PERIODS = ["day", "week", "month", "all"] as const;

/** What a route is asked with: the query, and what stands in the path's braces. */
interface Asked {
  readonly query: Query;
  readonly parameter: (name: string) => string;
}

/** One GET path of the API: declared once, served and described from here. */
export interface Route {
  /** OpenAPI's way of writing it: `/api/positions/strategy/{strategy_id}`. */
  readonly path: string;
  readonly summary: string;
  /** Query parameters with their meaning. */
  readonly query: Readonly<Record<string, string>>;
  /** Reads the desk; throws HttpProblem for what cannot be answered. */
  answer(desk: Desk, asked: Asked): Promise<object>;
}

const LIMIT = { limit: "how many, newest first: 1 to 1000, 100 by default" };
const STRATEGY = { strategy: "only this strategy's (an id, or manual)" };
const SYMBOL = { symbol: "only this symbol's" };

export const routes: readonly Route[] = [
  {
    path: "/api/positions/list",
    summary: "Open positions",
    query: {},
    answer: async (desk) => (await desk.positions()).map(positionJson),
  },
  {
    path: "/api/positions/strategy/{strategy_id}",
    summary: "Open positions of one strategy",
    query: {},
    answer: async (desk, { parameter }) => {
      const strategyId = knownStrategy(parameter("strategy_id"), 404);
      return (await desk.positions({ strategyId })).map(positionJson);
    },
  },
  {
    path: "/api/strategies",
    summary: "The strategies, their parameters and their runs",
    query: {},
    answer: async (desk) => strategiesJson(await desk.runs()),
  },
  {
    path: "/api/trades",
    summary: "Closed trades",
    query: { ...LIMIT, ...STRATEGY, ...SYMBOL },
    answer: async (desk, { query }) => {
      const list = await desk.trades({ limit: query.limit(), ...query.strategy(), ...query.symbol() });
      const tags = await desk.tagsOf(list.map((trade) => trade.positionId));
      return list.map((trade) => tradeJson(trade, tags.get(trade.positionId) ?? []));
    },
  },
  {
    path: "/api/orders",
    summary: "Orders and their states",
    query: LIMIT,
    answer: async (desk, { query }) => (await desk.orders(query.limit())).map(orderJson),
  },
  {
    path: "/api/decisions",
    summary: "Decisions with every gate's figures",
    query: { ...LIMIT, ...STRATEGY, ...SYMBOL },
    answer: async (desk, { query }) =>
      (await desk.decisions({ limit: query.limit(), ...query.strategy(), ...query.symbol() })).map(
        decisionJson,
      ),
  },
  {
    path: "/api/risk",
    summary: "Equity, day loss, exposure, heat and what stops trading",
    query: {},
    answer: async (desk) => riskJson(await desk.risk()),
  },
  {
    path: "/api/performance",
    summary: "Profit and its statistics over a time span",
    query: { period: "day, week, month or all (the default)" },
    answer: async (desk, { query }) => {
      const view = await desk.performance(query.choice("period", PERIODS, "all"));
      const shown = [view.best, view.worst].flatMap((trade) => trade?.positionId ?? []);
      return performanceJson(view, await desk.tagsOf(shown));
    },
  },
];
