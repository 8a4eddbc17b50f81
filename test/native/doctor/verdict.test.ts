// Whether a reservation kind can work, judged from what was tried.

import assert from "node:assert/strict";
import type { FactReport, FactResult } from "@portlease/native/doctor";
import { verdictOf } from "#native/doctor/verdict.js";

function report(id: string, result: FactResult, neededBy: FactReport["neededBy"]): FactReport {
  return { id, title: id, result, seen: "", neededBy, source: "", durationMs: 1 };
}

const kinds = ["persistent", "runtime"] as const;

describe("The doctor's verdict", () => {
  it("holds when everything that the kind needs holds, whatever others need", () => {
    const reports = [report("a", "yes", ["persistent"]), report("b", "no", ["runtime"])];
    const verdict = verdictOf("persistent", kinds, reports, false);
    assert.equal(verdict.holds, true);
    assert.deepEqual(verdict.missing, []);
  });

  for (const result of ["no", "unknown"] as const) {
    it(`does not hold when something needed is "${result}", and names it`, () => {
      const reports = [report("a", "yes", ["runtime"]), report("b", result, ["runtime"])];
      const verdict = verdictOf("runtime", kinds, reports, false);
      assert.equal(verdict.holds, false);
      assert.deepEqual(verdict.missing, ["b"]);
      assert.match(verdict.sentence, new RegExp(`b \\(${result}\\)`));
    });
  }

  it("is not spoilt by facts that nothing needs, nor by those that could not apply", () => {
    const reports = [
      report("a", "yes", ["runtime"]),
      report("b", "skipped", ["runtime"]),
      report("c", "no", []),
    ];
    assert.equal(verdictOf("runtime", kinds, reports, false).holds, true);
  });

  it("does not hold when nothing that the kind needs was tried", () => {
    const reports = [report("a", "skipped", ["runtime"])];
    assert.equal(verdictOf("runtime", kinds, reports, false).holds, false);
    assert.equal(verdictOf("runtime", kinds, [], false).holds, false);
  });

  it("does not hold for a kind that the platform does not have", () => {
    const verdict = verdictOf("held", kinds, [report("a", "yes", ["held"])], false);
    assert.equal(verdict.holds, false);
    assert.match(
      verdict.sentence,
      /HELD do not exist on this platform; it has: persistent, runtime/,
    );
  });

  it("does not hold when the doctor was interrupted", () => {
    assert.equal(verdictOf("runtime", kinds, [report("a", "yes", ["runtime"])], true).holds, false);
  });
});
