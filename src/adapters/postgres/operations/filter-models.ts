import { and, desc, eq, getTableColumns } from "drizzle-orm";
import type { LedgerOps } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { filterModels } from "../schema.ts";

type FilterModelOperation = "insertFilterModel" | "filterModel" | "filterModels";

export function filterModelOperations(execute: Execute): Pick<LedgerOps, FilterModelOperation> {
  const { model: _model, ...info } = getTableColumns(filterModels);
  return {
    async insertFilterModel(row) {
      const { classifier, featuresVersion } = row.model;
      const [inserted] = await execute("insertFilterModel", (db) =>
        db
          .insert(filterModels)
          .values({ ...row, kind: classifier.kind, featuresVersion })
          .returning({ id: filterModels.id }),
      );
      if (inserted === undefined) throw new Error("filter model: the insert returned no id");
      return inserted.id;
    },

    async filterModel(id) {
      const [row] = await execute("filterModel", (db) =>
        db.select().from(filterModels).where(eq(filterModels.id, id)),
      );
      if (row === undefined) return undefined;
      const { kind: _kind, featuresVersion: _version, ...whole } = row;
      return whole;
    },

    async filterModels({ strategyId, timeframe, limit }) {
      return execute("filterModels", (db) =>
        db
          .select(info)
          .from(filterModels)
          .where(
            and(
              strategyId === undefined ? undefined : eq(filterModels.strategyId, strategyId),
              timeframe === undefined ? undefined : eq(filterModels.timeframe, timeframe),
            ),
          )
          .orderBy(desc(filterModels.id))
          .limit(limit),
      );
    },
  };
}
