// What the audit alarms of and reports: two listeners on one leased port, squatters, strangers, ports that are not covered
// (semantics.md 18, 22).

import assert from "node:assert/strict";
import { AuditReport, findingsMax } from "#server/domain/audit-report.js";
import { AuditLab, firstPort } from "./audit-lab.js";

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

  it("has room for an alarm also when thousands of leases are not bound yet", async () => {
    const lease = await lab.lease(lab.run(700));
    const unbound = { ...lease, record: { ...lease.record, binding: "unbound" as const } };
    const report = new AuditReport();
    for (let count = 0; count < findingsMax; count += 1) report.addLease(unbound, []);
    report.addDrift(lease.block, firstPort, "is not held any more");
    const findings = report.findings(null);
    assert.equal(findings.length, findingsMax);
    assert.match(findings[0]?.message ?? "", /is not held any more/);
    assert.equal(report.findings("another").length, 0);
  });

  it("says of unbound leases what was so in its round, by port", async () => {
    const leases = [await lab.lease(null), await lab.lease(null)];
    const report = new AuditReport();
    for (const lease of leases.toReversed()) {
      lease.record = { ...lease.record, binding: "unbound" };
      report.addLease(lease, []);
      lease.record = { ...lease.record, binding: "bound" };
    }
    assert.deepEqual(
      report.findings("default").map(({ port, binding }) => [port - firstPort, binding]),
      [
        [0, "unbound"],
        [1, "unbound"],
      ],
    );
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
