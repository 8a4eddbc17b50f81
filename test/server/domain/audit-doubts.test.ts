// Which leases one round of the audit judges where more are in doubt than it has room for.

import assert from "node:assert/strict";
import { AuditDoubts, type Doubt } from "#server/domain/audit-doubts.js";

describe("AuditDoubts", () => {
  let counters: { postponed: number };
  let doubts: AuditDoubts;

  beforeEach(() => {
    counters = { postponed: 0 };
    doubts = new AuditDoubts(counters);
  });

  /** So many of one kind, told apart by their fingerprints, "new 0" and so on. */
  function doubtful(why: Doubt["why"], count: number, portsEach = 1): Doubt[] {
    const ports = Array.from({ length: portsEach }, (_, index) => 20_000 + index);
    return Array.from(
      { length: count },
      (_, index) => ({ why, fingerprint: `${why} ${index}`, ports }) as unknown as Doubt,
    );
  }

  const chosen = (from: readonly Doubt[]): readonly string[] =>
    doubts.choose(from).map(({ fingerprint }) => fingerprint);

  it("takes all that there is room for, what is new first", () => {
    const some = [...doubtful("well", 1), ...doubtful("wrong", 2), ...doubtful("new", 1)];
    assert.deepEqual(chosen(some), ["new 0", "wrong 0", "wrong 1", "well 0"]);
    assert.equal(counters.postponed, 0);
  });

  it("lets what is wrong wait rather than what is new, and counts the ports that wait", () => {
    const many = [...doubtful("wrong", 3, 1_000), ...doubtful("new", 3, 1_000)];
    assert.deepEqual(chosen(many), ["new 0", "new 1", "new 2", "wrong 0"]);
    assert.equal(counters.postponed, 2_000);
  });

  it("has room for 4,096 ports in a round", () => {
    assert.equal(chosen(doubtful("new", 4_097)).length, 4_096);
    assert.equal(counters.postponed, 1);
  });

  it("takes 256 of those where all was well, in turn, whatever else there is, and counts none", () => {
    const well = doubtful("well", 300);
    const first = chosen([...doubtful("new", 5, 4_096), ...well]);
    assert.deepEqual([first.length, first[0], first[1]], [1 + 256, "new 0", "well 0"]);
    const second = chosen(well);
    assert.deepEqual([second[0], second[43], second[44]], ["well 256", "well 299", "well 0"]);
    assert.equal(counters.postponed, 4 * 4_096);
  });
});
