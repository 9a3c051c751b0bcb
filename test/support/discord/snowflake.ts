const DISCORD_EPOCH_MS = 1_420_070_400_000;
let increment = 0;

/** A fresh Discord id: ms since 2015 in the upper bits, a counter in the lower ones. */
export function snowflake(nowMs: number): string {
  increment = (increment + 1) % 4096;
  return ((BigInt(nowMs - DISCORD_EPOCH_MS) << 22n) | BigInt(increment)).toString();
}
