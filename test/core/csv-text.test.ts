import { describe, expect, it } from "vitest";
import { csvLine, csvText } from "../../src/core/csv-text.ts";

describe("a CSV line", () => {
  it.each<[string, Parameters<typeof csvLine>[0], string]>([
    ["plain words and numbers", ["AAPL", 5, -27.5, 0.1], "AAPL,5,-27.5,0.1"],
    ["nothing", [null, "", []], ",,"],
    ["a list", [["fomo", "late"]], "fomo late"],
    ["commas, quotes and line ends", ['a,b "c"\r\nd'], '"a,b ""c""\r\nd"'],
    ["blanks at the ends", [" a", "b "], '" a","b "'],
  ])("holds %s", (_name, cells, line) => {
    expect(csvLine(cells)).toBe(`${line}\r\n`);
  });

  it.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    [" =1+1", "' =1+1"],
    ["\t=1", "'\t=1"],
    ["\r=1", '"\'\r=1"'],
    ["＝1+1", "'＝1+1"],
    ['=HYPERLINK("http://evil","x")', '"\'=HYPERLINK(""http://evil"",""x"")"'],
  ])("makes no formula of the text %j", (text, field) => {
    expect(csvLine([text])).toBe(`${field}\r\n`);
  });

  it("is as long as its columns, whatever the row lacks", () => {
    expect(csvText(["a", "b", "c"], [{ c: 3, a: 1 }])).toBe("a,b,c\r\n1,,3\r\n");
  });
});
