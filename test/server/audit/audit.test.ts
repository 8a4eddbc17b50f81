// Leases against the sockets of an imaginary host (semantics.md 11, 18, 22): what is seen is acted upon only when it lasts, is
// written down only when it is news, and costs a walk over the processes only where something is new or wrong.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { auditEveryMs } from "../../support/audit-world.js";
import { settle } from "../../support/broker-fixture.js";
import { AuditLab, firstPort, heldHost } from "./audit-lab.js";

/** Counts the walks over all processes, and the ports that each was for. */
function countWalks(lab: AuditLab): number[] {
  const walks: number[] = [];
  const { host } = lab.lab;
  const find = host.findHolders.bind(host);
  host.findHolders = (protocol, ports) => {
    walks.push(ports.length);
    return find(protocol, ports);
  };
  return walks;
}

describe("The audit of leased ports", () => {
  let lab: AuditLab;

  beforeEach(async () => {
    lab = new AuditLab();
    await lab.start();
  });

  it("sees a holder bind at the next round, and unbind only after two looks in a row", async () => {
    const lease = await lab.lease(lab.run(700));
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "unknown");
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "unbound");
    const socket = lab.bind(700);
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "bound");
    socket.close();
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "bound", "a restart of a server is no news");
    const again = lab.bind(700);
    await lab.rounds(1);
    again.close();
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "bound", "sightings count only in a row");
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "unbound");
    assert.equal(lease.record.everBound, true);
  });

  it("writes nothing while nothing changes, and tells each change with who it is", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(700);
    await lab.rounds(1);
    const [told] = lab.events("lease_observed");
    assert.equal(told?.aspect, "binding");
    assert.equal(told?.lease.binding, "bound");
    assert.match(told?.detail ?? "", /process 700 \(app700\) is bound to it/);
    assert.equal(told?.revision, lab.life.broker.revision);
    assert.equal(lease.record.revision, told?.revision);
    const { revision } = lab.life.broker;
    await lab.rounds(4);
    assert.equal(lab.life.broker.revision, revision);
  });

  it("remembers nothing of a lease that is known to be unbound, and sees all the same when it is bound", async () => {
    const lease = await lab.lease(lab.run(700));
    await lab.rounds(3);
    assert.deepEqual([lab.bindingOf(lease), lease.sight], ["unbound", null]);
    lab.bind(700);
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "bound");
    assert.notEqual(lease.sight, null);
  });

  it("comes back after a restart with what was on disk", async () => {
    const { record } = await lab.lease(lab.run(700));
    lab.bind(700);
    await lab.rounds(1);
    await lab.restart();
    const lease = lab.life.broker.find(record.leaseId);
    assert.deepEqual([lease.record.binding, lease.record.everBound], ["bound", true]);
  });

  it("alarms of a stranger after two looks, and takes the alarm back after two", async () => {
    const lease = await lab.lease(lab.run(700));
    const socket = lab.bind(900);
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "unknown");
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "stranger");
    assert.match(lab.events("lease_observed")[0]?.detail ?? "", /process 900 \(app900\)/);
    assert.equal(lab.counters.strangers, 1);
    assert.equal(lease.record.everBound, false, "a stranger does not bind for the holder");
    socket.close();
    lab.bind(700);
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "stranger");
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "bound");
    assert.deepEqual(lab.ends, [], "an alarm ends nothing");
  });

  it("takes a child of the holder for the holder", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.run(701, 700);
    lab.bind(701);
    await lab.rounds(3);
    assert.equal(lab.bindingOf(lease), "bound");
  });

  it("takes anybody for the holder when it named no process, or an unproven one", async () => {
    const first = await lab.lease(null);
    const second = await lab.lease({ ...lab.run(700), proven: false });
    lab.bind(900);
    lab.bind(901, { port: firstPort + 1 });
    await lab.rounds(3);
    assert.deepEqual(
      [first, second].map((lease) => lab.bindingOf(lease)),
      ["bound", "bound"],
    );
  });

  it("takes whoever cannot be judged for the holder: a doubt is no alarm", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(900);
    lab.lab.host.isDescendant = () => null;
    await lab.rounds(3);
    assert.equal(lab.bindingOf(lease), "bound");
  });

  it("does not count what ended connections leave (TIME_WAIT)", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(900, { state: "time-wait" });
    await lab.rounds(2);
    assert.equal(lab.bindingOf(lease), "unbound");
  });

  it("counts an established connection whose listener is closed", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(700).setState("established");
    await lab.rounds(1);
    assert.equal(lab.bindingOf(lease), "bound");
  });

  it("calls a socket that outlived its process orphaned, where the tables still name that one", async () => {
    const windows = new AuditLab({ ...heldHost, tablesNameOwners: true });
    await windows.start();
    const lease = await windows.lease({ ...windows.run(700), proven: false });
    windows.bind(700);
    await windows.rounds(1);
    assert.equal(windows.bindingOf(lease), "bound");
    windows.lab.host.endProcess(700, "orphaned");
    await windows.rounds(2);
    assert.equal(windows.bindingOf(lease), "bound");
    await windows.rounds(1);
    assert.equal(windows.bindingOf(lease), "orphaned");
    assert.equal(windows.counters.orphans, 1);
  });

  it("does not call a socket orphaned that the broker bound and handed over before it was restarted", async () => {
    const windows = new AuditLab({ ...heldHost, tablesNameOwners: true });
    await windows.start();
    const formerBroker = 600;
    windows.run(formerBroker);
    const known = await windows.lease(windows.run(700));
    const unknown = await windows.lease(null);
    windows.bind(formerBroker);
    windows.bind(formerBroker, { port: firstPort + 1 });
    windows.lab.host.endProcess(formerBroker, "orphaned");
    await windows.rounds(4);
    assert.deepEqual(
      [known, unknown].map((lease) => windows.bindingOf(lease)),
      ["bound", "bound"],
    );
    assert.equal(windows.counters.orphans, 0);
  });

  it("does not call a socket orphaned because its process cannot be seen", async () => {
    const lease = await lab.lease(null);
    lab.bind(700);
    lab.lab.host.endProcess(700, "orphaned");
    await lab.rounds(4);
    assert.equal(lab.bindingOf(lease), "bound");
  });

  it("walks the processes once for many ports, and not again while all is well", async () => {
    const walks = countWalks(lab);
    for (let index = 0; index < 4; index += 1) {
      await lab.lease(lab.run(700 + index));
      lab.bind(700 + index, { port: firstPort + index });
    }
    await lab.rounds(4);
    assert.deepEqual(walks, [4]);
    lab.bind(900, { port: firstPort + 2 });
    await lab.rounds(1);
    assert.deepEqual(walks, [4, 1], "only for the port on which something is new");
    assert.equal(lab.counters.walks, 2);
  });

  it("walks no processes where the tables name owners and each is the holder", async () => {
    const windows = new AuditLab({ ...heldHost, tablesNameOwners: true });
    await windows.start();
    const walks = countWalks(windows);
    const lease = await windows.lease(windows.run(700));
    windows.bind(700);
    await windows.rounds(2);
    assert.equal(windows.bindingOf(lease), "bound");
    assert.deepEqual(walks, []);
  });

  it("looks again when another socket took the place of one, at the same address", async () => {
    const lease = await lab.lease(lab.run(700));
    const own = lab.bind(700);
    await lab.rounds(1);
    own.close();
    lab.bind(900);
    await lab.rounds(2);
    assert.equal(lab.bindingOf(lease), "stranger");
  });

  it("says once that it is blind, changes nothing, and sees again by itself", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(700);
    await lab.rounds(1);
    for (let count = 0; count < 2; count += 1) {
      lab.lab.host.failNext("observeSockets", new NativeError("OS_ERROR", "no tables"));
    }
    await lab.rounds(2);
    assert.deepEqual(
      lab.events("audit_blind").map(({ reason }) => reason),
      ["no tables"],
    );
    assert.equal(lab.bindingOf(lease), "bound");
    assert.equal(lab.counters.blindRounds, 2);
    const { rounds } = lab.counters;
    await lab.rounds(1);
    assert.equal(lab.counters.rounds, rounds + 1);
  });

  it("looks as often as it is told", async () => {
    await lab.after(auditEveryMs - 1);
    assert.equal(lab.counters.rounds, 0);
    await lab.after(1);
    assert.equal(lab.counters.rounds, 1);
  });

  it("lets a changed TTL and an observation that are on their way together both last (semantics 3)", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(700);
    const gate = lab.lab.store.hold();
    const other = lab.lease(null);
    await settle();
    const renewed = lab.life.broker.renew(lease.record.leaseId, lease.holderKey, 7_000);
    await lab.rounds(1);
    gate.open();
    await Promise.all([other, renewed]);
    await settle();
    assert.deepEqual([lease.record.ttlMs, lease.record.binding], [7_000, "bound"]);
    const { leases } = await lab.lab.store.load();
    const stored = leases.find(({ leaseId }) => leaseId === lease.record.leaseId);
    assert.deepEqual([stored?.ttlMs, stored?.binding], [7_000, "bound"]);
    assert.equal(stored?.revision, lease.record.revision);
  });
});
