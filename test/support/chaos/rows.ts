import { z } from "zod";

const instant = z.string().transform((text) => Date.parse(text));
const order = z.object({
  client_order_id: z.string(),
  run_id: z.string().nullable(),
  symbol: z.string(),
  side: z.enum(["buy", "sell"]),
  purpose: z.enum(["entry", "exit", "stop", "target"]),
  attempt: z.number(),
  bar_time: instant.nullable(),
  quantity: z.number(),
  state: z.string(),
  broker_order_id: z.string().nullable(),
  filled_quantity: z.number(),
  filled_avg_price: z.number().nullable(),
  exit_reason: z.string().nullable(),
  position_id: z.string().nullable(),
  parent_id: z.string().nullable(),
  replaces: z.string().nullable(),
  error: z.string().nullable(),
  created_at: instant,
  updated_at: instant,
});
const fill = z.object({
  id: z.number(),
  client_order_id: z.string(),
  execution_id: z.string().nullable(),
  quantity: z.number(),
  price: z.number(),
});
const position = z.object({
  id: z.string(),
  run_id: z.string().nullable(),
  symbol: z.string(),
  quantity: z.number(),
  entry_order_id: z.string(),
  entry_price: z.number(),
  initial_stop: z.number(),
  stop: z.number(),
  protection: z.enum(["broker", "engine"]),
  exit_reason: z.string().nullable(),
  status: z.enum(["open", "closed"]),
});
const alert = z.object({ key: z.string(), kind: z.string(), message: z.object({ text: z.string() }) });
const audit = z.object({
  platform: z.string(),
  delivery_id: z.string().nullable(),
  action: z.string(),
  outcome: z.string(),
  detail: z.string(),
});
const run = z.object({ id: z.string(), status: z.string() });
const control = z.object({
  halted: z.boolean(),
  killed: z.boolean(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  since: instant.nullable(),
});
const delivery = z.object({ action: z.string() });
const lease = z.object({ owner: z.string().nullable(), epoch: z.number(), expires_at: instant });

const rowsSchema = z.object({
  now: instant,
  orders: z.array(order),
  fills: z.array(fill),
  positions: z.array(position),
  alerts: z.array(alert),
  audit: z.array(audit),
  strategy_runs: z.array(run),
  control: z.array(control),
  leases: z.array(lease),
  inbox: z.array(delivery),
  trades: z.array(z.unknown()),
  decisions: z.array(z.unknown()),
});

export type Rows = z.infer<typeof rowsSchema>;
export type PositionRow = Rows["positions"][number];

const list = (table: string): string => `(select coalesce(json_agg(t), '[]') from ${table} t) as ${table}`;

/** One statement, so that everything in it is of one moment. Answers one row with one column, `rows`. */
export const ROWS_SQL = `select row_to_json(all_rows) as rows from (select now() as now, ${Object.keys(
  rowsSchema.shape,
)
  .filter((name) => name !== "now")
  .map((table) => list(table))
  .join(", ")}) all_rows`;

export function parseRows(rows: unknown): Rows {
  return rowsSchema.parse(typeof rows === "string" ? JSON.parse(rows) : rows);
}
