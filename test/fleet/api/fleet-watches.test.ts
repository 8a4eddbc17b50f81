// WatchFleet as its readers see it: everything first, then what changes, as often as they asked for.

import assert from "node:assert/strict";
import {
  FleetLease_State,
  type WatchFleetResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { messageLimits } from "#fleet/api/message-parts.js";
import { FakeClock } from "../../support/fake-clock.js";
import { sampleHost, sampleLeaseRecord, sampleProblem } from "../../support/fleet-samples.js";
import { type FleetModelReader, knowsEverything, LiveFleet } from "./live-fleet.js";

/** What clients of gRPC take unless told otherwise. */
const clientBytesMax = 4 * 1_024 * 1_024;

const presence = { brokerId: "b", startedWallMs: 0 };

describe("WatchFleet", () => {
  let fleet: LiveFleet;

  beforeEach(() => {
    fleet = new LiveFleet(new FakeClock());
    fleet.view.setSource({ connected: true, detail: "" });
  });

  const addHost = (hostId: string, leases: number): void => {
    fleet.view.putHost(hostId, sampleHost(hostId, { saidWallMs: fleet.clock.wallMs() }));
    fleet.view.putPresence(hostId, presence);
    for (let lease = 0; lease < leases; lease += 1) {
      fleet.view.putLease(hostId, `lease-${lease}`, sampleLeaseRecord({ port: 20_000 + lease }));
    }
  };
  const last = (reader: FleetModelReader): WatchFleetResponse => {
    const message = reader.messages.at(-1);
    assert.ok(message !== undefined);
    return message;
  };

  it("tells everything first, in several messages, the last of which is complete", async () => {
    addHost("a", 1_500);
    addHost("b", 1_000);
    const reader = fleet.watch();
    await fleet.settle();
    knowsEverything(fleet, reader, {});
    const completes = reader.messages.map(({ complete }) => complete);
    assert.deepEqual(completes, [false, false, true]);
    assert.ok(
      reader.messages.every(
        ({ hosts, leases }) => hosts.length + leases.length <= messageLimits.items,
      ),
    );
    assert.equal(reader.messages[0]?.fleet?.leases, 2_500);
    assert.equal(reader.messages[1]?.fleet, undefined);
  });

  it("keeps messages far below what clients take, however long labels are", async () => {
    addHost("a", 0);
    const labels = Object.fromEntries(
      Array.from({ length: 32 }, (_, index) => [`key-${index}`, "ü".repeat(255)]),
    );
    for (let lease = 0; lease < 300; lease += 1) {
      fleet.view.putLease("a", `lease-${lease}`, sampleLeaseRecord({ labels }));
    }
    const reader = fleet.watch();
    await fleet.settle();
    await fleet.settle();
    knowsEverything(fleet, reader, {});
    assert.ok(reader.messages.length > 3);
    assert.ok(reader.written.every(({ length }) => length < clientBytesMax / 2));
  });

  it("joins what changes within an interval, and sends a message when nothing has", async () => {
    addHost("a", 2);
    const reader = fleet.watch({ everyMs: 1_000 });
    await fleet.settle();
    const before = reader.messages.length;
    fleet.view.putLease("a", "lease-0", sampleLeaseRecord({ binding: "unbound" }));
    fleet.view.putLease("a", "lease-0", sampleLeaseRecord({ binding: "stranger" }));
    fleet.view.putLease("a", "new", sampleLeaseRecord());
    fleet.view.putLease("a", "brief", sampleLeaseRecord());
    fleet.view.removeLease("a", "brief");
    fleet.view.removeLease("a", "lease-1");
    await fleet.pass(100);
    assert.equal(reader.messages.length, before, "it is not due yet");
    await fleet.pass(1_900);
    const { hosts, leases, removedLeases } = last(reader);
    assert.deepEqual(
      hosts.map(({ hostId }) => hostId),
      ["a"],
    );
    assert.deepEqual(
      leases.map(({ leaseId }) => leaseId),
      ["lease-0", "new"],
    );
    assert.deepEqual(removedLeases, [{ hostId: "a", leaseId: "lease-1" }]);
    await fleet.pass(1_000);
    const quiet = last(reader);
    assert.deepEqual([quiet.hosts, quiet.leases, quiet.removedLeases], [[], [], []]);
    assert.deepEqual([quiet.fleet, quiet.problems, quiet.complete], [undefined, undefined, true]);
  });

  it("tells that all leases of a host are stale, and how old, and that they are not any more", async () => {
    addHost("a", 200);
    addHost("b", 1);
    const reader = fleet.watch();
    await fleet.settle();
    fleet.clock.advance(7_000);
    fleet.view.removePresence("a");
    await fleet.pass(1_000);
    const { leases, hosts, problems } = last(reader);
    assert.equal(leases.length, 200);
    assert.ok(leases.every(({ state }) => state === FleetLease_State.STATE_STALE));
    assert.ok(leases.every(({ staleAge }) => staleAge?.seconds === 8n));
    assert.deepEqual(
      hosts.map(({ hostId }) => hostId),
      ["a"],
    );
    assert.equal(problems?.problems[0]?.problem?.reason, "HOST_NOT_HEARD_FROM");
    fleet.view.putPresence("a", presence);
    await fleet.pass(1_000);
    assert.ok(last(reader).leases.every(({ staleAge }) => staleAge === undefined));
    assert.equal(last(reader).problems?.totalSize, 0);
    knowsEverything(fleet, reader, {});
  });

  it("tells what fits a filter no more as gone, and nothing of what never did", async () => {
    addHost("a", 3);
    const reader = fleet.watch({ leaseFilter: "billing" });
    await fleet.settle();
    assert.equal(reader.leases.size, 0);
    fleet.view.putLease("a", "lease-0", sampleLeaseRecord({ service: "billing" }));
    fleet.view.putLease("a", "lease-1", sampleLeaseRecord({ service: "search" }));
    fleet.view.removeLease("a", "lease-2");
    await fleet.pass(1_000);
    assert.deepEqual(
      last(reader).leases.map(({ leaseId }) => leaseId),
      ["lease-0"],
    );
    assert.deepEqual(last(reader).removedLeases, []);
    fleet.view.putLease("a", "lease-0", sampleLeaseRecord({ service: "orders" }));
    await fleet.pass(1_000);
    assert.deepEqual(last(reader).removedLeases, [{ hostId: "a", leaseId: "lease-0" }]);
  });

  it("does not tell a host as gone that went and came again between two messages", async () => {
    addHost("a", 2);
    const reader = fleet.watch();
    await fleet.settle();
    fleet.view.removeHost("a");
    addHost("a", 1);
    await fleet.pass(1_000);
    const { removedHostIds, removedLeases, hosts, leases } = last(reader);
    assert.deepEqual(removedHostIds, []);
    assert.deepEqual(removedLeases, [{ hostId: "a", leaseId: "lease-1" }]);
    assert.deepEqual([hosts.length, leases.length], [1, 1]);
    knowsEverything(fleet, reader, {});
  });

  it("sends the sums and the problems only when they have changed", async () => {
    addHost("a", 1);
    const reader = fleet.watch({ leases: false });
    await fleet.settle();
    fleet.view.heard();
    await fleet.pass(1_000);
    assert.equal(last(reader).fleet, undefined, "that it was heard again is no change");
    const problems = [sampleProblem()];
    fleet.view.putHost("a", sampleHost("a", { saidWallMs: fleet.clock.wallMs(), problems }));
    await fleet.pass(1_000);
    assert.equal(last(reader).problems?.totalSize, 1);
    fleet.view.putLease("a", "new", sampleLeaseRecord());
    await fleet.pass(1_000);
    assert.equal(last(reader).fleet?.leases, 2);
    assert.equal(last(reader).problems, undefined);
    assert.equal(reader.leases.size, 0, "it did not ask for leases");
  });
});
