// How many columns texts take, and what is left of them when they are cut.

import assert from "node:assert/strict";
import { cutToWidth, displayWidth, padToWidth } from "#cli/terminal/display-width.js";

describe("displayWidth", () => {
  const widths: readonly (readonly [text: string, width: number, why: string])[] = [
    ["orders", 6, "a column for each letter"],
    ["größe", 5, "accents within a character"],
    ["gro\u0308ße", 5, "accents of their own take no column"],
    ["漢字", 4, "two columns for each ideograph"],
    ["한글", 4, "and each Hangul syllable"],
    ["ＡＢ", 4, "and each fullwidth letter"],
    ["🚀", 2, "and an emoji"],
    ["👩‍👩‍👧", 2, "also one of several parts"],
    ["❤️", 2, "and a sign that is asked to be an emoji"],
    ["a\u200bb", 2, "invisible characters take none"],
    ["\u001b[1;31mred\u001b[0m", 3, "nor do colours"],
    ["", 0, "nor nothing"],
  ];
  for (const [text, width, why] of widths) {
    it(`is ${width} for ${JSON.stringify(text)}: ${why}`, () => {
      assert.equal(displayWidth(text), width);
    });
  }
});

describe("cutToWidth", () => {
  it("leaves what fits as it is", () => {
    assert.equal(cutToWidth("orders", 6), "orders");
    assert.equal(cutToWidth("漢字", 4), "漢字");
  });

  it("keeps the beginning and says that there is more", () => {
    assert.equal(cutToWidth("orders", 5), "orde…");
    assert.equal(cutToWidth("orders", 1), "…");
  });

  it("never cuts a character in two, and is never too wide", () => {
    assert.equal(cutToWidth("漢字漢字", 4), "漢…");
    assert.equal(cutToWidth("ae\u0301bc", 3), "ae\u0301…");
    for (let width = 1; width < 12; width += 1) {
      assert.ok(displayWidth(cutToWidth("a漢b字🚀c👩‍👩‍👧d", width)) <= width);
    }
  });
});

describe("padToWidth", () => {
  it("fills up by what is seen", () => {
    assert.equal(padToWidth("漢", 4), "漢  ");
    assert.equal(padToWidth("12", 4, "start"), "  12");
    assert.equal(padToWidth("longer", 4), "longer");
  });
});
