// The view beside a naive model of it: whatever sources tell, both say the same.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { FleetLease } from "#fleet/view/fleet-entities.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeClock } from "../../support/fake-clock.js";
import { FleetModel, type ModelProblem } from "./fleet-model.js";
import { Fed, operation } from "./fleet-operations.js";

const operations = fc.array(operation, { minLength: 1, maxLength: 60 });
const runs = 400;

function lookAlike(view: FleetView, model: FleetModel): void {
  const hosts = [...view.hosts()].map(({ hostId, record, state, probe, leases }) => [
    hostId,
    { record, state, probe, leases: leases.map(({ leaseId }) => leaseId) },
  ]);
  assert.deepEqual(hosts, [...model.hosts()]);
  assert.equal(view.hostCount, model.hosts().size);
  assert.deepEqual(view.totals(), model.totals());
  assert.equal(view.leaseCount, model.leases().size);
  assert.deepEqual(view.grants(), model.grants());
  const problems = view
    .problems()
    .map(({ hostId, problem }): ModelProblem => [problem.severity, problem.reason, hostId]);
  assert.deepEqual(problems, model.problems());
  const shown = (leases: Iterable<FleetLease>): unknown =>
    Array.from(leases, ({ host, leaseId, record }) => [`${host.hostId}/${leaseId}`, record]);
  assert.deepEqual(shown(view.leases()), [...model.leases()]);
  for (const service of ["", "orders", "billing", "unknown"]) {
    const expected = [...model.leases((record) => record.service === service)];
    assert.deepEqual(shown(view.leasesOfService(service)), expected);
  }
  for (let port = 19_999; port < 20_022; port += 1) {
    const expected = model.leases(
      ({ port: first, portCount }) => first <= port && port < first + portCount,
    );
    assert.deepEqual(shown(view.leasesAtPort(port)), [...expected], `port ${port}`);
  }
}

describe("The view of the fleet", () => {
  it("says what a naive model says, whatever is told", () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const [clock, sameClock] = [new FakeClock(), new FakeClock()];
        const view = new Fed(new FleetView(clock), clock);
        const model = new Fed(new FleetModel(sameClock), sameClock);
        for (const step of steps) {
          view.take(step);
          model.take(step);
          lookAlike(view.view, model.view);
        }
      }),
      { numRuns: runs },
    );
  });
});
