import { defineConfig } from "drizzle-kit";

/** For `npm run db:generate`: writes the next migration from the difference between schema and migrations/. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/adapters/postgres/schema.ts",
  out: "./migrations",
});
