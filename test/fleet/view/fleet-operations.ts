// What may happen to a view, as data: for whatever is compared with it.

import fc from "fast-check";
import type { HostRecord } from "#fleet/records/host-record.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import type { ProbeOutcome } from "#fleet/view/fleet-entities.js";
import type { ProbeSink } from "#fleet/view/fleet-reader.js";
import type { FleetSink, FleetSnapshot } from "#fleet/view/fleet-sink.js";
import type { FakeClock } from "../../support/fake-clock.js";
import {
  sampleHost,
  sampleLeaseRecord,
  samplePool,
  sampleProblem,
} from "../../support/fleet-samples.js";

const startWallMs = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

const hostId = fc.constantFrom("a", "b", "b-1", "c");
const leaseId = fc.constantFrom("1", "2", "3", "4", "5");

const pool = fc
  .record({
    free: fc.nat({ max: 5 }),
    leased: fc.nat({ max: 5 }),
    run: fc.nat({ max: 3 }),
    line: fc.nat({ max: 1 }),
  })
  .map(({ free, leased, run, line }) =>
    samplePool({
      usage: {
        total: free + leased,
        free,
        leased,
        quarantined: 0,
        unavailable: 0,
        largestFreeRun: run,
      },
      waitingRequests: line,
    }),
  );

const problem = fc
  .record({
    severity: fc.constantFrom("info" as const, "warning" as const, "critical" as const),
    reason: fc.constantFrom("POOL_FULL", "PORT_TAKEN_BY_STRANGER", "AUDIT_BLIND"),
  })
  .map(sampleProblem);

const host: fc.Arbitrary<HostRecord> = fc
  .record({
    serving: fc.constantFrom("serving" as const, "serving" as const, "stopped" as const),
    // Some are ahead of the fleet server's clock, some by far.
    saidWallMs: fc.nat({ max: 60 }).map((seconds) => startWallMs + seconds * 2_000),
    pools: fc.array(pool, { maxLength: 2 }),
    problems: fc.array(problem, { maxLength: 3 }),
    grants: fc.record({
      firstMinuteWallMs: fc
        .integer({ min: -62, max: 3 })
        .map((minute) => startWallMs + minute * minuteMs),
      counts: fc.array(fc.nat({ max: 9 }), { maxLength: 5 }),
    }),
  })
  .map((fields) => sampleHost("any", fields));

const lease: fc.Arbitrary<LeaseRecord> = fc
  .record({
    port: fc.integer({ min: 20_000, max: 20_012 }),
    portCount: fc.integer({ min: 1, max: 9 }),
    service: fc.constantFrom("", "orders", "billing"),
    labels: fc.constantFrom({}, { env: "prod" }, { env: "test" }),
    binding: fc.constantFrom("bound" as const, "unbound" as const),
  })
  .map(sampleLeaseRecord);

export const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("put-host" as const), hostId, host }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("remove-host" as const), hostId }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("put-presence" as const), hostId }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove-presence" as const), hostId }) },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("put-lease" as const), hostId, leaseId, lease }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("remove-lease" as const), hostId, leaseId }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("begin-snapshot" as const),
      hostId: fc.option(hostId),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("end-snapshot" as const), abandon: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("probe" as const),
      hostId,
      outcome: fc.constantFrom<ProbeOutcome>(
        "broker-answers",
        "host-answers",
        "no-answer",
        "unknown",
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("source" as const), connected: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("unreadable" as const),
      key: fc.constantFrom("x", "y"),
      gone: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.nat({ max: 90_000 }) }),
  },
);

export type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** One that takes operations, with the snapshots that are under way. */
export class Fed<View extends FleetSink & ProbeSink> {
  readonly view: View;
  readonly #clock: FakeClock;
  readonly #snapshots: FleetSnapshot[] = [];

  /** `clock`: of the view. */
  constructor(view: View, clock: FakeClock) {
    this.view = view;
    this.#clock = clock;
  }

  take(step: Operation): void {
    const { view } = this;
    // What comes while a snapshot is told comes from it as often as not.
    const told = this.#snapshots.at(-1) ?? view;
    switch (step.type) {
      case "put-host":
        return told.putHost(step.hostId, step.host);
      case "remove-host":
        return view.removeHost(step.hostId);
      case "put-presence":
        return told.putPresence(step.hostId, { brokerId: step.hostId, startedWallMs: 0 });
      case "remove-presence":
        return view.removePresence(step.hostId);
      case "put-lease":
        return told.putLease(step.hostId, step.leaseId, step.lease);
      case "remove-lease":
        return view.removeLease(step.hostId, step.leaseId);
      case "begin-snapshot":
        this.#snapshots.push(view.beginSnapshot(step.hostId));
        return;
      case "end-snapshot":
        return step.abandon ? this.#snapshots.pop()?.abandon() : this.#snapshots.shift()?.end();
      default:
        return this.#takeOther(step);
    }
  }

  #takeOther(step: Operation): void {
    const { view } = this;
    if (step.type === "probe") {
      view.setProbe(step.hostId, { outcome: step.outcome, triedWallMs: this.#clock.wallMs() });
    } else if (step.type === "source") {
      view.setSource({
        connected: step.connected,
        detail: step.connected ? "" : "it does not answer",
      });
    } else if (step.type === "unreadable") {
      view.setUnreadable(step.key, step.gone ? null : { key: step.key, why: "it is no JSON" });
    } else if (step.type === "pass") {
      this.#clock.advance(step.ms);
    }
  }
}
