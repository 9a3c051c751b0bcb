import type { webApi } from "@slack/bolt";
import type { Clock, Log } from "../../ports.ts";
import { explain } from "./explain.ts";

const MEMBERS_FRESH_MS = 60_000;

/** Who somebody is: the configured user groups that hold them, and what people call them. */
export interface People {
  /** Fails closed: a group that cannot be read holds nobody. */
  groupsOf(userId: string): Promise<readonly string[]>;
  /** The channel in which the bot talks to this person alone, the person's id where Slack does not tell. */
  directChannel(userId: string): Promise<string>;
  /** The display name, or the id where Slack does not tell. */
  nameOf(userId: string): Promise<string>;
}

/** Reads members of `groupIds` (S…) at most once a minute. `web` should have a short time-out: commands wait for it. */
export function createPeople(
  web: webApi.WebClient,
  groupIds: readonly string[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): People {
  const groups = new Map<string, { readonly atMs: number; readonly members: Promise<ReadonlySet<string>> }>();
  const names = new Map<string, string>();
  const directs = new Map<string, string>();

  async function members(groupId: string): Promise<ReadonlySet<string>> {
    const known = groups.get(groupId);
    if (known !== undefined && clock.nowMs() - known.atMs < MEMBERS_FRESH_MS) return known.members;
    const read = readMembers(groupId);
    groups.set(groupId, { atMs: clock.nowMs(), members: read });
    return read;
  }

  async function readMembers(groupId: string): Promise<ReadonlySet<string>> {
    try {
      const { users } = await web.usergroups.users.list({ usergroup: groupId });
      return new Set(users ?? []);
    } catch (error) {
      // Not remembered: the next command asks again.
      groups.delete(groupId);
      log.warn(
        { platform: "slack", groupId },
        `the user group cannot be read, so it grants nothing: ${explain(error)}`,
      );
      return new Set();
    }
  }

  return {
    async groupsOf(userId) {
      const found = await Promise.all(
        groupIds.map(async (groupId) => ((await members(groupId)).has(userId) ? [groupId] : [])),
      );
      return found.flat();
    },
    async directChannel(userId) {
      const known = directs.get(userId);
      if (known !== undefined) return known;
      try {
        const { channel } = await web.conversations.open({ users: userId });
        if (channel?.id === undefined) return userId;
        directs.set(userId, channel.id);
        return channel.id;
      } catch (error) {
        log.warn({ platform: "slack", userId }, `no channel of their own: ${explain(error)}`);
        // chat.postMessage takes it too; only edits do not.
        return userId;
      }
    },
    async nameOf(userId) {
      const known = names.get(userId);
      if (known !== undefined) return known;
      try {
        const { user } = await web.users.info({ user: userId });
        const shown = [user?.profile?.display_name, user?.real_name, user?.name].find(
          (name) => name !== undefined && name !== "",
        );
        if (shown === undefined) return userId;
        names.set(userId, shown);
        return shown;
      } catch (error) {
        log.debug({ platform: "slack", userId }, `the name of a user cannot be read: ${explain(error)}`);
        return userId;
      }
    },
  };
}
