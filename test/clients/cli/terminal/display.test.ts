// When there are colours, and when a terminal is one.

import assert from "node:assert/strict";
import { displayOf } from "#cli/terminal/display.js";
import { colourPaint, plainPaint } from "#cli/terminal/paint.js";

const terminal = { isTTY: true, columns: 80, rows: 24 };
const pipe = {};

describe("displayOf", () => {
  const cases: readonly (readonly [
    what: string,
    stream: typeof terminal | typeof pipe,
    environment: Record<string, string>,
    coloured: boolean,
  ])[] = [
    ["a terminal", terminal, {}, true],
    ["a pipe", pipe, {}, false],
    ["a terminal with NO_COLOR", terminal, { NO_COLOR: "1" }, false],
    ["a terminal with an empty NO_COLOR", terminal, { NO_COLOR: "" }, true],
    ["a terminal that is dumb", terminal, { TERM: "dumb" }, false],
    ["a pipe with FORCE_COLOR", pipe, { FORCE_COLOR: "1" }, true],
    ["a pipe with an empty FORCE_COLOR", pipe, { FORCE_COLOR: "" }, true],
    ["a terminal with FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, false],
    ["a pipe with both, as in Node", pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ];
  for (const [what, stream, environment, coloured] of cases) {
    it(`has ${coloured ? "colours" : "no colours"} for ${what}`, () => {
      const { paint } = displayOf(stream, environment);
      assert.equal(paint, coloured ? colourPaint : plainPaint);
    });
  }

  it("cuts nothing where there is no terminal, nor where it does not know its size", () => {
    assert.equal(displayOf({ ...pipe, columns: 80 }, {}).columns, null);
    assert.equal(displayOf({ isTTY: true, columns: 0 }, {}).columns, null);
    assert.equal(displayOf(terminal, {}).columns, 80);
  });
});

describe("colourPaint", () => {
  it("paints whatever this process's own stdout is", () => {
    assert.equal(colourPaint("bound", "bound"), "\u001b[32mbound\u001b[39m");
  });

  it("leaves what has no tone as it is", () => {
    assert.equal(colourPaint(null, "x"), "x");
    assert.equal(colourPaint("bound", ""), "");
  });
});
