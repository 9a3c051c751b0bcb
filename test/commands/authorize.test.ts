import { describe, expect, it } from "vitest";
import { isSole, roleOf } from "../../src/commands/authorize.ts";
import { ANN, BOB, busBench, CONSOLE, EVE, ROLES, TOM, VIV, wordsOf } from "../support/command-bus.ts";

describe("roles", () => {
  it.each([
    ["an admin by id", ANN, "admin"],
    ["an admin by Discord id", BOB, "admin"],
    ["a trader by id", TOM, "trader"],
    ["a viewer by group", VIV, "viewer"],
    ["somebody whom nobody listed", EVE, undefined],
    ["the console", CONSOLE, "admin"],
  ])("knows %s", (_who, actor, role) => {
    expect(roleOf(actor, ROLES)).toBe(role);
  });

  it("gives the highest of several roles", () => {
    expect(roleOf({ ...TOM, groupIds: ["SVIEWERS"] }, ROLES)).toBe("trader");
  });

  it("matches whole ids only, never an empty one", () => {
    expect(roleOf({ ...EVE, userId: "UADMI" }, ROLES)).toBeUndefined();
    expect(
      roleOf({ ...EVE, userId: "", groupIds: [""] }, { admin: [""], trader: [], viewer: [] }),
    ).toBeUndefined();
  });

  it("lets nobody but the console do anything when no role is configured", () => {
    const none = { admin: [], trader: [], viewer: [] };
    expect([ANN, TOM, VIV].map((actor) => roleOf(actor, none))).toEqual([undefined, undefined, undefined]);
    expect(roleOf(CONSOLE, none)).toBe("admin");
  });

  it.each([
    ["the only id", ANN, ["UADMIN"], true],
    ["the only id, listed twice", ANN, ["UADMIN", "UADMIN"], true],
    ["one of two", ANN, ["UADMIN", "42"], false],
    ["a member of the only group", { ...ANN, groupIds: ["SADMINS"] }, ["SADMINS"], false],
    ["the console with nobody listed", CONSOLE, [], true],
    ["the console beside an admin", CONSOLE, ["UADMIN"], false],
  ])("sees whether %s is the sole admin", (_who, actor, admin, sole) => {
    expect(isSole(actor, "admin", { admin, trader: [], viewer: [] })).toBe(sole);
  });

  it.each([
    ["a trader beside an admin", TOM, ["UADMIN"], ["UTRADER"], false],
    ["an admin beside a trader", ANN, ["UADMIN"], ["UTRADER"], false],
    ["the only trader where nobody is admin", TOM, [], ["UTRADER"], true],
    ["the console beside a trader", CONSOLE, [], ["UTRADER"], false],
  ])("counts admins among the traders: %s", (_who, actor, admin, trader, sole) => {
    expect(isSole(actor, "trader", { admin, trader, viewer: ["SVIEWERS"] })).toBe(sole);
  });
});

describe("a person without a role", () => {
  it.each([["/help"], ["/positions"], ["/kill"], ["/frobnicate"], ["/confirm C77777"], [""]])(
    "is told by %s only which id an admin must add where",
    async (text) => {
      const bench = busBench();
      const answer = await bench.say(text, EVE);
      expect(answer.text).toBe(
        "You have no role here. An admin must add UEVE to ROLE_VIEWER, ROLE_TRADER or ROLE_ADMIN and restart AlphaFlow.",
      );
      expect(answer.private).toBe(true);
      expect(bench.desk.calls).toEqual([]);
      expect(bench.ledger.audits).toMatchObject([
        { actor: "slack:UEVE (eve)", outcome: "refused", detail: "no role" },
      ]);
    },
  );
});

/** Each command and the least role that may give it, as the table of PRODUCT.md has them. */
const LEAST: readonly (readonly [string, "viewer" | "trader" | "admin"])[] = [
  ["/strategy list", "viewer"],
  ["/strategy info momentum", "viewer"],
  ["/strategy status", "viewer"],
  ["/strategy start momentum AAPL", "trader"],
  ["/strategy stop all", "trader"],
  ["/strategy pause all", "trader"],
  ["/strategy resume all", "trader"],
  ["/strategy set k7q2 fraction=0.02", "trader"],
  ["/positions", "viewer"],
  ["/close AAPL", "trader"],
  ["/orders", "trader"],
  ["/cancel all", "trader"],
  ["/trades", "viewer"],
  ["/performance", "viewer"],
  ["/risk", "viewer"],
  ["/why AAPL", "viewer"],
  ["/halt", "trader"],
  ["/resume", "admin"],
  ["/kill", "trader"],
  ["/kill drill", "trader"],
  ["/mode", "viewer"],
  ["/mode paper", "admin"],
  ["/mode live", "admin"],
  ["/health", "viewer"],
  ["/help", "viewer"],
];

const PEOPLE = [
  ["viewer", VIV],
  ["trader", TOM],
  ["admin", ANN],
] as const;

/** Each command for each person who is, or is not, allowed to give it. */
function cases(allowed: boolean) {
  const ranks = PEOPLE.map(([role]) => role);
  return LEAST.flatMap(([text, least]) =>
    PEOPLE.filter(([role]) => ranks.indexOf(role) >= ranks.indexOf(least) === allowed).map(
      ([role, actor]) => [text, role, least, actor] as const,
    ),
  );
}

describe("a person with a role", () => {
  it.each(cases(true))("may give %s as %s", async (text, _role, least, actor) => {
    const answer = await busBench().say(text, actor);
    expect(wordsOf(answer)).not.toContain(`needs the role ${least}`);
  });

  it.each(cases(false))("may not give %s as %s", async (text, role, least, actor) => {
    const bench = busBench();
    const answer = await bench.say(text, actor);
    expect(answer.text).toContain(`needs the role ${least}; you are ${role}. Nothing was done.`);
    expect(bench.desk.calls).toEqual([]);
    expect(bench.ledger.audits).toMatchObject([{ outcome: "refused", action: text }]);
  });
});
