import { resolve } from "node:path";
import { onTestFinished, test, expect } from "vitest";
import { createInstance } from "../support/chaos/instance.ts";
import { scratchDir } from "../support/scratch.ts";

test("a process that was just killed is started anew, and one that runs is left alone", async () => {
  const instance = createInstance({
    index: 0,
    keyId: "PKTEST",
    directory: await scratchDir("instance"),
    program: resolve(import.meta.dirname, "../.."),
    environment: () => ({}),
  });
  onTestFinished(() => instance.stop());
  await instance.start();
  const first = instance.pid;
  await instance.start();
  expect(instance.pid).toBe(first);
  instance.crash();
  await Promise.all([instance.start(), instance.start()]);
  expect(instance.pid).toBeGreaterThan(0);
  expect(instance.pid).not.toBe(first);
  expect(instance.startedAt).toHaveLength(2);
});
