import { hostname } from "node:os";
import type { Owner, SandboxState } from "./state.ts";

/** The owner saves at least this often, so that market time goes on where it stopped. */
export const HEARTBEAT_MS = 5_000;
/** An owner that has not saved for so long is gone. */
const OWNER_GONE_MS = 15_000;

const openInstances = new Set<number>();
let instances = 0;

/** This broker object among all that may share the file. */
export function registerOwner(): Owner {
  instances += 1;
  openInstances.add(instances);
  return { host: hostname(), pid: process.pid, instance: instances };
}

export function releaseOwner(owner: Owner): void {
  openInstances.delete(owner.instance);
}

export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.host === other.host && one.pid === other.pid && one.instance === other.instance;
}

/** Whether somebody else keeps this state alive: then its time runs, and settling its orders is theirs. */
export function ownedByOther(state: SandboxState, self: Owner, nowMs: number): boolean {
  const { owner } = state;
  if (!state.running || isSameOwner(owner, self)) return false;
  if (Math.abs(nowMs - state.wallMs) >= OWNER_GONE_MS) return false;
  if (owner.host !== self.host) return true;
  return owner.pid === self.pid ? openInstances.has(owner.instance) : processLives(owner.pid);
}

/** Whether a process of this machine exists. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
