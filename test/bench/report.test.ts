import assert from "node:assert/strict";
import { goalOf } from "../../bench/goals.js";
import { joined, nothingToSay, type Outcome } from "../../bench/outcome.js";
import { reportOf } from "../../bench/report.js";
import { spreadOf } from "../../bench/statistics.js";

const outcome: Outcome = {
  date: "2026-11-26T07:00:00.000Z",
  node: "v20.20.2",
  machine: {
    cpu: "A CPU",
    cores: 2,
    memoryGib: 24,
    system: "Linux",
    disk: "ext4",
    pinning: "not pinned: there is only one core",
  },
  sections: ["calls"],
  rounds: 5,
  secondsPerCell: 0.5,
  seed: 1,
  tookMinutes: 11,
  othersCores: spreadOf([0.1]),
  ...nothingToSay,
};

describe("the report of the benchmark", () => {
  it("says on what it was measured, and for how long", () => {
    const report = reportOf(outcome);
    for (const said of ["2026-11-26", "Node 20.20.2", "A CPU", "5 rounds, 0.5 s", "11.0 minutes"]) {
      assert.ok(report.includes(said), said);
    }
  });

  it("shows which goals are met, with three digits", () => {
    const goals = [
      goalOf("rate", { atLeast: 2 }, 2.3456),
      goalOf("lag, ms", { atMost: 1_000 }, 1_234.5),
    ];
    const report = reportOf({ ...outcome, goals });
    assert.match(report, /\| rate +\| >= 2 +\| 2\.35 +\| yes \|/);
    assert.match(report, /\| lag, ms +\| <= 1000 +\| 1,230 +\| NO +\|/);
  });

  it("warns of a machine that was busy, and of a disk that is none", () => {
    assert.doesNotMatch(reportOf(outcome), /WARNING/);
    assert.match(reportOf({ ...outcome, othersCores: spreadOf([0.5]) }), /WARNING: the machine/);
    const machine = { ...outcome.machine, disk: "tmpfs" };
    assert.match(reportOf({ ...outcome, machine }), /WARNING: tmpfs/);
  });

  it("ends with what was left out", () => {
    assert.match(
      reportOf({ ...outcome, notes: ["redis is not measured"] }),
      /redis is not measured$/,
    );
  });
});

describe("what sections have to say", () => {
  it("is put together in their order", () => {
    const [first, second] = [
      { ...nothingToSay, notes: ["a"] },
      { ...nothingToSay, notes: ["b"] },
    ];
    assert.deepEqual(joined([first, second]), { ...nothingToSay, notes: ["a", "b"] });
  });
});
