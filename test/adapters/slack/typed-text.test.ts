import { describe, expect, it } from "vitest";
import { commandInMention, typedText } from "../../../src/adapters/slack/typed-text.ts";

describe("what a person typed", () => {
  it.each([
    ["entities once, not twice", "a &lt;b&gt; &amp;lt;", "a <b> &lt;"],
    ["a person", "<@U0BOB|bob> <@U0BOB>", "@bob @U0BOB"],
    ["a channel", "<#C0DESK|desk> <#C0DESK|>", "#desk #C0DESK"],
    ["everybody", "<!channel> <!subteam^S1|@traders>", "@channel @traders"],
    [
      "words taken for addresses",
      "<http://BRK.B|BRK.B> <mailto:a@b.co|a@b.co> <https://x.y/z>",
      "BRK.B a@b.co https://x.y/z",
    ],
    ["smart quotes and dashes", "“note” ‘x’ a–b —drill", "\"note\" 'x' a-b --drill"],
    ["spaces that do not break", "/order\u00A0buy AAPL\u200B", "/order buy AAPL"],
    ["less-than that is no markup", "rsi < 30 and > 20", "rsi < 30 and > 20"],
  ])("is %s", (_what, sent, typed) => {
    expect(typedText(sent)).toBe(typed);
  });

  it.each([
    ["<@U0FLOW> positions", "/positions"],
    ["<@U0FLOW|alphaflow>   /close  AAPL", "/close AAPL"],
    ["hey <@U0FLOW>", "/hey"],
    ["<@U0FLOW>", "/help"],
    ["<@U0FLOW> journal note <@U0BOB> agrees", "/journal note @U0BOB agrees"],
  ])("in the mention %s is %s", (sent, command) => {
    expect(commandInMention(sent, "U0FLOW")).toBe(command);
  });
});
