// netsh's table of excluded ranges, read by its shape in every language; what is no table is unknown, not empty.

import assert from "node:assert/strict";
import { parseExcludedRanges } from "#native/doctor/windows/netsh.js";

const english = `
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
      5357        5357
     50000       50059     *

* - Administered port exclusions.
`;

const expected = [
  { firstPort: 5_357, portCount: 1, administered: false },
  { firstPort: 50_000, portCount: 60, administered: true },
];

describe("netsh's table of excluded ranges", () => {
  it("is read in English", () => {
    assert.deepEqual(parseExcludedRanges(english), expected);
  });

  it("is read in other languages and code pages", () => {
    const words: readonly [string, string][] = [
      ["Puerto de inicio", "Puerto final"],
      ["Port de d\u0082but", "Port de fin"],
      ["시작 포트", "끝 포트"],
      ["\u008aJ\u008en\u0083|\u0081[\u0083g", "\u008fI\u0097¹\u0083|\u0081[\u0083g"],
    ];
    for (const [start, end] of words) {
      const text = english.replace("Start Port", start).replace("End Port", end);
      assert.deepEqual(parseExcludedRanges(text.replaceAll("\n", "\r\n")), expected);
    }
  });

  it("may be empty, which is something else than no table", () => {
    const empty = english.split("\n").slice(0, 5).join("\n");
    assert.deepEqual(parseExcludedRanges(empty), []);
    assert.equal(parseExcludedRanges(""), null);
    assert.equal(parseExcludedRanges("The request is not supported."), null);
  });

  it("leaves out what is no range of ports", () => {
    assert.deepEqual(parseExcludedRanges(`${english}\n  70000  70001\n  20  10\n`), expected);
  });
});
