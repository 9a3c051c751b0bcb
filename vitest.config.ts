import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Most of what takes long waits (for a lease, a venue, a lost answer): more files at once than cores cost little.
    maxWorkers: 5,
  },
});
