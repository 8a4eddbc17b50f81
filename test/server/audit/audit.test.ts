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

describe("Two listeners on one leased port (semantics 22)", () => {
  let lab: AuditLab;

  beforeEach(async () => {
    lab = new AuditLab();
    await lab.start();
  });

  it("are an alarm that names the stranger beside the holder, once", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.bind(700);
    await lab.rounds(1);
    lab.bind(900);
    await lab.rounds(3);
    assert.equal(lab.bindingOf(lease), "stranger");
    const [contest, ...more] = lab.events("port_contested");
    assert.match(contest?.detail ?? "", /process 900 \(app900\) listens on it beside its holder/);
    assert.deepEqual([more.length, lab.counters.contested], [0, 1]);
  });

  it("are an alarm also when the holder is not proven, who leaves open which of them it is", async () => {
    const lease = await lab.lease(null);
    lab.bind(700);
    lab.bind(900);
    await lab.rounds(2);
    assert.equal(lab.bindingOf(lease), "bound");
    assert.equal(lab.events("port_contested").length, 1);
    const report = await lab.life.broker.audit();
    assert.match(report.findings(null)[0]?.message ?? "", /two listeners on one leased port/);
  });

  it("are none when they are the holder and its child, or two sockets of the holder", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.run(701, 700);
    lab.bind(700);
    lab.bind(701);
    lab.bind(700, { address: "::1" });
    await lab.rounds(3);
    assert.equal(lab.bindingOf(lease), "bound");
    assert.deepEqual(lab.events("port_contested"), []);
  });

  it("are none when a process has the holder's own socket", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.run(900);
    lab.bind(700).shareWith(900, "app900");
    await lab.rounds(3);
    assert.equal(lab.bindingOf(lease), "bound");
  });
});

describe("The report of the audit", () => {
  let lab: AuditLab;

  beforeEach(async () => {
    lab = new AuditLab();
    await lab.start();
  });

  it("has nothing to say while all leases are bound by their holders", async () => {
    await lab.lease(lab.run(700));
    lab.bind(700);
    const report = await lab.life.broker.audit();
    assert.deepEqual(report.findings(null), []);
    assert.deepEqual(report.counts(null), { leasedPorts: 1, boundPorts: 1 });
  });

  it("says what each finding means and what to do, alarms first", async () => {
    await lab.lease(null);
    await lab.lease(lab.run(700));
    lab.bind(900, { port: firstPort + 1 });
    lab.bind(901, { port: firstPort + 5 });
    await lab.rounds(2);
    const findings = (await lab.life.broker.audit()).findings(null);
    assert.deepEqual(
      findings.map(({ port, binding, leaseId, processId }) => [
        port - firstPort,
        binding,
        leaseId !== null,
        processId,
      ]),
      [
        [1, "stranger", true, 900],
        [5, "stranger", false, 901],
        [0, "unbound", true, 0],
      ],
    );
    assert.match(
      findings[0]?.message ?? "",
      /has nothing to do with the holder.*stop that process/,
    );
    assert.match(findings[1]?.message ?? "", /nobody leases the port.*stop that process/);
    assert.match(findings[2]?.message ?? "", /nobody was seen bound to it since it was leased/);
    assert.deepEqual((await lab.life.broker.audit()).findings("another"), []);
  });

  it("is shared by callers that ask together, and by those that ask just after", async () => {
    const [first, second] = await Promise.all([lab.life.broker.audit(), lab.life.broker.audit()]);
    assert.equal(first, second);
    assert.equal(await lab.life.broker.audit(), first);
    assert.equal(lab.counters.rounds, 1);
    lab.lab.clock.advance(100);
    assert.notEqual(await lab.life.broker.audit(), first);
  });

  it("is of a round that began after it was asked for, while an older one runs", async () => {
    const lease = await lab.lease(lab.run(700));
    const { broker } = lab.life;
    const older = broker.audit();
    await Promise.resolve();
    lab.lab.clock.advance(1_000);
    lab.bind(700, { port: lease.record.ports.firstPort });
    const [first, second] = await Promise.all([broker.audit(), broker.audit()]);
    assert.notEqual(first, await older);
    assert.equal(first, second);
    assert.equal(first.counts(null).boundPorts, 1);
    assert.equal(lab.counters.rounds, 2);
  });

  it("covers every port of a run, and its worst port decides", async () => {
    const lease = await lab.lease(lab.run(700), { portCount: 2 });
    lab.bind(700);
    lab.bind(900, { port: firstPort + 1 });
    await lab.rounds(2);
    assert.equal(lab.bindingOf(lease), "stranger");
    const report = await lab.life.broker.audit();
    assert.deepEqual(report.counts(null), { leasedPorts: 2, boundPorts: 1 });
    assert.deepEqual(
      report.findings(null).map(({ port }) => port),
      [firstPort + 1],
    );
  });
});

describe("The protection of a lease (semantics 18)", () => {
  it("is written down when a port is not covered after a restart, and when it is again", async () => {
    const lab = new AuditLab();
    await lab.start();
    const { record } = await lab.lease(lab.run(700));
    lab.lab.kill();
    const socket = lab.bind(700, { sharesPort: false });
    await lab.start();
    await lab.rounds(1);
    const lease = lab.life.broker.find(record.leaseId);
    assert.equal(lease.record.covered, false);
    socket.close();
    await lab.after(30_000);
    assert.equal(lease.record.covered, true);
    assert.deepEqual(
      lab
        .events("lease_observed")
        .flatMap(({ aspect, detail }) => (aspect === "protection" ? [detail] : [])),
      [
        `the reservation does not cover ${firstPort}, so that others can bind there`,
        "all of its ports are covered by their reservation again",
      ],
    );
  });
});
