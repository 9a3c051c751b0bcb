import type { Facts } from "./contract.ts";

/** One audit row and one effect a command, however often it was delivered. */
export function oneEffectACommand({ world, rows }: Facts): readonly string[] {
  const broken: string[] = [];
  const outcomes = new Map<string, number>();
  for (const { platform, delivery_id: id, outcome, action } of rows.audit) {
    if (platform !== "slack" || id === null) continue;
    const key = `${action} (${id}): ${outcome === "asked" ? "begun" : "ended"}`;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
  }
  for (const [key, times] of outcomes) if (times > 1) broken.push(`${key} ${times} times in the audit`);
  const deliveries = new Set(
    rows.audit.filter((row) => row.platform === "slack").map((row) => row.delivery_id),
  );
  if (deliveries.size > world.desk.typed.length)
    broken.push(`${deliveries.size} commands in the audit, ${world.desk.typed.length} were typed`);
  const starts = world.desk.typed.filter(({ words }) => words.startsWith("/strategy start")).length;
  if (rows.strategy_runs.length > starts)
    broken.push(`${rows.strategy_runs.length} runs exist, ${starts} starts were typed`);
  return broken;
}
