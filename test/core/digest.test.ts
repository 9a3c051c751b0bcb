import { describe, expect, it } from "vitest";
import { digestLine, LATE_SIGN, lineable, linesThatFit, shortKey } from "../../src/core/digest.ts";

const alert = (key: string, more: object = {}) => ({ key, message: { text: `text of ${key}`, ...more } });

describe("a digest", () => {
  it("says an alert as a whole line with its title and its short key", () => {
    const line = digestLine(alert("fill:a:5", { title: "Day loss", footer: ["small"] }));
    expect(line).toBe(`Day loss: text of fill:a:5 #${shortKey("fill:a:5")}`);
  });

  it("keeps what says that an alert comes late", () => {
    const late = `${LATE_SIGN} delayed 12 min: happened 2026-11-24 15:00:00 UTC`;
    expect(digestLine(alert("a", { footer: ["RSI 61", late] }))).toBe(`text of a ${late} #${shortKey("a")}`);
  });

  it("takes alerts up to the first that would lose something by being a line, and at least one", () => {
    const buttons = [{ label: "Adopt", command: "/external adopt AAPL" }];
    const table = { columns: [], rows: [] };
    expect(lineable([alert("a"), alert("b", { buttons }), alert("c")]).map(({ key }) => key)).toEqual(["a"]);
    expect(lineable([alert("a", { table }), alert("b")]).map(({ key }) => key)).toEqual(["a"]);
    expect(lineable([alert("a", { tone: "good" }), alert("b")])).toHaveLength(2);
  });

  it("counts the lines that fit, line ends included: 3 + 1 + 3 are 7", () => {
    expect(linesThatFit(["aaa", "bbb", "ccc"], 7)).toBe(2);
    expect(linesThatFit(["aaa", "bbb", "ccc"], 6)).toBe(1);
    expect(linesThatFit(["aaa"], 2)).toBe(1);
    expect(linesThatFit([], 7)).toBe(0);
  });

  it("gives 20,000 keys 20,000 short ones of eight characters", () => {
    const short = new Set(Array.from({ length: 20_000 }, (_, n) => shortKey(`fill:af-k7q2-AAPL-${n}:5`)));
    expect(short.size).toBe(20_000);
    expect([...short].every((key) => /^[a-z0-9]{8}$/.test(key))).toBe(true);
  });
});
