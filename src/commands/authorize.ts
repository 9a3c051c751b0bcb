import type { Actor, Role } from "./contract.ts";

/** Who may do what: ids of people, of Slack user groups and of Discord roles (ROLE_ADMIN, ROLE_TRADER, ROLE_VIEWER). */
export interface Roles {
  readonly admin: readonly string[];
  readonly trader: readonly string[];
  readonly viewer: readonly string[];
}

/** From the most to the least: each includes those after it. */
const RANKED: readonly Role[] = ["admin", "trader", "viewer"];

const CONSOLE = "console";

/** Whoever sits at the terminal of the program owns its configuration, and so is an admin, but never the second person. */
export function isConsole(actor: Pick<Actor, "platform">): boolean {
  return actor.platform === CONSOLE;
}

/** The highest role this person has; undefined when nobody listed them, and then they may do nothing. */
export function roleOf(actor: Actor, roles: Roles): Role | undefined {
  if (isConsole(actor)) return "admin";
  const ids = new Set([actor.userId, ...actor.groupIds]);
  return RANKED.find((role) => roles[role].some((id) => id !== "" && ids.has(id)));
}

export function mayUse(role: Role, needed: Role): boolean {
  return RANKED.indexOf(role) <= RANKED.indexOf(needed);
}

/**
 * True when nobody but this person can have the role: theirs is the only id that is listed for it or more (a group or a
 * role could be several people), or nobody is listed and they sit at the console.
 */
export function isSole(actor: Actor, role: Role, roles: Roles): boolean {
  const able = new Set(
    RANKED.filter((each) => mayUse(each, role)).flatMap((each) => roles[each].filter((id) => id !== "")),
  );
  if (isConsole(actor)) return able.size === 0;
  return able.size === 1 && able.has(actor.userId);
}
