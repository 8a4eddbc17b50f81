// The state of the host in one sentence.

import assert from "node:assert/strict";
import type { Broker, Problem } from "#dashboard/api/messages.js";
import { problemTitle, verdictOf } from "#dashboard/model/verdict.js";

const usage = {
  total: 256,
  free: 189,
  leased: 58,
  quarantined: 9,
  unavailable: 0,
  largestFreeRun: 27,
};

const broker = (fields: Partial<Broker> = {}): Broker =>
  ({
    servingState: "SERVING_STATE_SERVING",
    servingDetail: "",
    activeLeases: 58,
    usage,
    problems: [],
    ...fields,
  }) as unknown as Broker;

const problem = (fields: Partial<Problem>): Problem => ({
  severity: "SEVERITY_WARNING",
  reason: "POOL_NEARLY_FULL",
  message: "",
  remedy: "",
  pool: "",
  blockId: "",
  port: 0,
  leaseId: "",
  ...fields,
});

describe("the verdict", () => {
  it("is that all is well, with the numbers", () => {
    const { level, title, detail } = verdictOf(broker());
    assert.deepEqual([level, title], ["well", "All well"]);
    assert.equal(detail, "58 leases, 189 of 256 ports free.");
  });

  it("is the worst problem, which is the first", () => {
    const worst = problem({
      severity: "SEVERITY_CRITICAL",
      reason: "POOL_FULL",
      message: "no port is left",
    });
    const verdict = verdictOf(broker({ problems: [worst, problem({})] }));
    assert.deepEqual(
      [verdict.level, verdict.title, verdict.detail],
      ["critical", "Full", "No port is left."],
    );
    assert.equal(verdict.problem, worst);
  });

  it("is that nothing is granted while the store cannot write, also without a problem that says so", () => {
    const verdict = verdictOf(
      broker({ servingState: "SERVING_STATE_READ_ONLY", servingDetail: "the disk is full" }),
    );
    assert.deepEqual(
      [verdict.level, verdict.title, verdict.detail],
      ["critical", "Read-only", "The disk is full."],
    );
  });

  it("is that the broker stops", () => {
    const verdict = verdictOf(broker({ servingState: "SERVING_STATE_STOPPING" }));
    assert.deepEqual([verdict.level, verdict.title], ["warning", "Stopping"]);
  });

  it("is not known before anything was heard", () => {
    assert.equal(verdictOf(null).level, "unknown");
  });

  it("puts the reasons of a newer broker into words", () => {
    assert.equal(problemTitle(problem({ reason: "CLOCK_JUMPED" })), "Clock jumped");
  });
});
