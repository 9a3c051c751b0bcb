import { defineConfig } from "vitest/config";

/** What they check has a limit in seconds, as a trader would feel it: they run when nothing else wants the machine. */
const CLOCKED = [
  "test/adapters/discord/commands.test.ts",
  "test/adapters/slack/http-mode.test.ts",
  "test/adapters/slack/link.test.ts",
  "test/adapters/slack/post.test.ts",
  "test/app/burst.test.ts",
  "test/app/database-away.test.ts",
  "test/app/database-watch.test.ts",
  "test/app/in-doubt.test.ts",
  "test/app/two-instances.test.ts",
  "test/chaos/chaos.test.ts",
  "test/card-to-journal.test.ts",
  "test/research/parity.test.ts",
  "test/story.test.ts",
  "test/studies.test.ts",
  "test/worker.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: CLOCKED,
          // Most of what takes long waits (for a lease, a venue, a lost answer): more files at once than cores cost little.
          maxWorkers: 5,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "clocked", include: CLOCKED, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
