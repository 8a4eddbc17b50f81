// Readers of the fleet's live view, some of them slow, some that come later and go earlier, while all kinds of things happen: in the
// end each knows what it should, and none was told that something is gone which it never had.

import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { FakeClock } from "../../support/fake-clock.js";
import { sampleLeaseRecord } from "../../support/fleet-samples.js";
import { Fed, operation } from "../view/fleet-operations.js";
import { type Asked, type FleetModelReader, knowsEverything, LiveFleet } from "./live-fleet.js";

const kinds: readonly Asked[] = [
  {},
  { everyMs: 100 },
  { leases: false },
  { hostFilter: "b" },
  { leaseFilter: "orders" },
  { leaseFilter: "stale" },
];

const nth = fc.nat({ max: 5 });
/** Most ask for the same: they share what they are sent. */
const kind = fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 3, 4, 5);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("happen" as const), operation }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("begin" as const), kind }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pause" as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("read" as const), nth }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("tick" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("settle" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const runs = 60;
/** Each reads at most a few messages that wait: more rounds than any of them is behind. */
const roundsToEnd = 12;

interface Reading {
  readonly asked: Asked;
  readonly reader: FleetModelReader;
}

interface Circumstances {
  readonly items: number;
  readonly clock: () => FakeClock;
  /** Leases that nothing happens to but what happens to their host. */
  readonly more: number;
}

/** Each look at it finds that a slice is over. */
class ImpatientClock extends FakeClock {
  override monotonicMs(): number {
    this.advance(3);
    return super.monotonicMs();
  }
}

async function play(steps: readonly Step[], given: Circumstances): Promise<void> {
  const clock = given.clock();
  const fleet = new LiveFleet(clock, { items: given.items });
  for (let lease = 0; lease < given.more; lease += 1) {
    fleet.view.putLease("b", `more-${lease}`, sampleLeaseRecord({ port: 30_000 + lease }));
  }
  const fed = new Fed(fleet.view, clock);
  const readings: Reading[] = [];
  const begin = (asked: Asked): void => {
    readings.push({ asked, reader: fleet.watch(asked) });
  };
  begin({});
  for (const next of steps) {
    if (next.do === "happen") {
      // It may be more than a minute: whoever does not read anything for 90 s is ended.
      if (next.operation.type === "pass") for (const { reader } of readings) reader.read();
      fed.take(next.operation);
    } else if (next.do === "begin") begin(kinds[next.kind] ?? {});
    else if (next.do === "end") readings.splice(next.nth, 1)[0]?.reader.cancel();
    else if (next.do === "pause") readings[next.nth]?.reader.pause();
    else if (next.do === "read") readings[next.nth]?.reader.read();
    else if (next.do === "turn") await nextTurn();
    else if (next.do === "settle") await fleet.settle();
    else {
      clock.advance(500);
      fleet.watches.advance();
    }
  }
  for (const { reader } of readings) reader.resume();
  for (let round = 0; round < roundsToEnd; round += 1) await fleet.pass(1_000);
  assert.deepEqual(fleet.failures, []);
  for (const { asked, reader } of readings) {
    assert.ok(reader.complete);
    assert.deepEqual(reader.errors, []);
    knowsEverything(fleet, reader, asked);
    reader.cancel();
  }
  assert.equal(fleet.watches.size, 0);
  assert.ok(fleet.view.hostChanges.idle && fleet.view.leaseChanges.idle, "nothing is kept");
}

describe("Readers of the fleet's live view", () => {
  const clock = (): FakeClock => new FakeClock();
  for (const [what, given] of [
    ["messages as large as they come", { items: 1_000, clock, more: 0 }],
    ["messages of three things", { items: 3, clock, more: 0 }],
    [
      "much that changes while a message is made",
      { items: 100, clock: () => new ImpatientClock(), more: 150 },
    ],
  ] as const) {
    it(`miss nothing, with ${what}`, async () => {
      const steps = fc.array(step, { minLength: 5, maxLength: 80 });
      await fc.assert(
        fc.asyncProperty(steps, (all) => play(all, given)),
        { numRuns: runs },
      );
    });
  }
});
