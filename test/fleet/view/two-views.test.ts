// Several fleet servers side by side hear the same in different orders, with other snapshots in between: in the end they say the same.

import assert from "node:assert/strict";
import fc from "fast-check";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeClock } from "../../support/fake-clock.js";
import { sampleHost, sampleLeaseRecord, sampleProblem } from "../../support/fleet-samples.js";

type Telling = (view: FleetView) => void;

/** Everything that is known of six hosts, bit by bit. */
function everything(wallMs: number): readonly Telling[] {
  const all: Telling[] = [];
  for (let host = 0; host < 6; host += 1) {
    const hostId = `host-${host}`;
    const problems =
      host % 2 === 0 ? [sampleProblem({ severity: host === 2 ? "critical" : "info" })] : [];
    const serving = host === 3 ? "stopped" : "serving";
    const grants = { firstMinuteWallMs: wallMs - 120_000, counts: [host, 2 * host] };
    const record = sampleHost(hostId, { saidWallMs: wallMs, problems, serving, grants });
    if (host !== 5) all.push((view) => view.putHost(hostId, record));
    if (host < 2) {
      all.push((view) => view.putPresence(hostId, { brokerId: hostId, startedWallMs: 0 }));
    }
    for (let lease = 0; lease < host; lease += 1) {
      const put = sampleLeaseRecord({ port: 20_000 + lease, service: `service-${lease % 2}` });
      all.push((view) => view.putLease(hostId, `${lease}`, put));
    }
  }
  return all;
}

function said(view: FleetView): unknown {
  return {
    hosts: Array.from(view.hosts(), ({ hostId, record, state, usage, leases }) => [
      [hostId, record, state, usage],
      leases.map(({ leaseId, record: lease }) => [leaseId, lease]),
    ]),
    totals: view.totals(),
    grants: view.grants(),
    problems: view.problems(),
    service: view.leasesOfService("service-0").map(({ host, leaseId }) => [host.hostId, leaseId]),
    port: view.leasesAtPort(20_001).map(({ host, leaseId }) => [host.hostId, leaseId]),
  };
}

describe("Two views", () => {
  it("agree, in whatever order they hear the same, and with a past of their own", () => {
    const all = everything(new FakeClock().wallMs());
    const order = fc.shuffledSubarray([...all.keys()], { minLength: all.length });
    const past = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 9 })));
    fc.assert(
      fc.property(order, past, (indexes, old) => {
        const [one, other] = [new FleetView(new FakeClock()), new FleetView(new FakeClock())];
        for (const view of [one, other]) view.setSource({ connected: true, detail: "" });
        for (const tell of all) tell(one);
        for (const [host, lease] of old) {
          other.putLease(`host-${host}`, `${lease}`, sampleLeaseRecord({ service: "old" }));
          other.putPresence(`host-${host}`, { brokerId: "old", startedWallMs: 0 });
        }
        const snapshot = other.beginSnapshot(null);
        for (const index of indexes) all[index]?.(other);
        snapshot.end();
        assert.deepEqual(said(other), said(one));
      }),
    );
  });
});
