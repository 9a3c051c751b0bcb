/** Every table; drizzle-kit makes the migrations from here. A row of a trading table has exactly the shape of its type in core. */
export * from "./schema-accounts.ts";
export * from "./schema-runs.ts";
export * from "./schema-orders.ts";
export * from "./schema-positions.ts";
export * from "./schema-desk.ts";
export * from "./schema-journal.ts";
export * from "./schema-approvals.ts";
export * from "./schema-cards.ts";
export * from "./schema-studies.ts";
export * from "./schema-filter-models.ts";
export * from "./schema-bars.ts";
