// Real brokers whose etcd is not there, is killed, hangs, or is away when they stop: they go on granting, and it is made good.

import assert from "node:assert/strict";
import { BrokerLab } from "../../support/broker-lab.js";
import { TestEtcd } from "../../support/etcd.js";
import { etcdClients } from "../../support/etcd-client.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { untilNoProblem, untilProblem } from "./broker-problems.js";
import { leaseRevisions, publishedEventually, readPublished } from "./published.js";

const prefix = "/portlease/";

describeWithEtcd("a broker with --fleet whose etcd fails", () => {
  const client = etcdClients();
  let lab: BrokerLab;
  let etcd: TestEtcd;

  before(async () => {
    lab = await BrokerLab.open();
  });
  after(() => lab.close());
  beforeEach(async () => {
    etcd = await TestEtcd.start();
  });
  afterEach(() => etcd.dispose());

  /** What the audit sees of a port would be another change of its lease. */
  const config = "auditEvery: 1h";
  const start = () =>
    lab.start({ flags: ["--fleet", etcd.url(), "--fleet-host-id", "web-1"], config });
  const published = (what: string, holds: Parameters<typeof publishedEventually>[3]) =>
    publishedEventually(client(etcd.endpoint), prefix, what, holds);

  it("starts and grants without it, says so, and publishes when it is there", async () => {
    await etcd.stop();
    const broker = await start();
    const caller = lab.caller(broker);
    const { leaseId } = await caller.acquire({});
    const { message, severity } = await untilProblem(caller, "FLEET_UNREACHABLE");
    assert.match(message, /ports are leased all the same/);
    assert.equal(severity, 1, "info, for a minute");
    await etcd.startAgain();
    await published("the lease", ({ leases }) => leases.has(leaseId));
    await untilNoProblem(caller, "FLEET_UNREACHABLE");
  });

  it("writes only what has changed meanwhile when it was killed and is back", async () => {
    const broker = await start();
    const caller = lab.caller(broker);
    const [same, ended] = [await caller.acquire({}), await caller.acquire({})];
    const before = await published("two leases", ({ leases }) => leases.size === 2);
    await etcd.kill();
    await untilProblem(caller, "FLEET_UNREACHABLE");
    const { leaseId, holderKey } = ended;
    await caller.release({ leaseId, holderKey });
    const granted = await caller.acquire({});
    await caller.renew({ leaseId: same.leaseId, holderKey: same.holderKey });
    await etcd.startAgain();
    const after = await published(
      "all is well",
      ({ leases }) => leases.has(granted.leaseId) && leases.size === 2,
    );
    const key = `${prefix}leases/web-1/${same.leaseId}`;
    assert.equal(leaseRevisions(after).get(key), leaseRevisions(before).get(key));
    await untilNoProblem(caller, "FLEET_UNREACHABLE");
  });

  it("tells everything anew to an etcd that has lost all it had", async () => {
    const broker = await start();
    const { leaseId } = await lab.caller(broker).acquire({});
    await published("the lease", ({ leases }) => leases.has(leaseId));
    await etcd.ctl("del", "--prefix", prefix);
    const next = await lab.caller(broker).acquire({});
    const { leases, hosts } = await published(
      "both leases",
      ({ leases: all }) => all.has(leaseId) && all.has(next.leaseId),
    );
    assert.deepEqual([leases.size, hosts.size], [2, 1]);
  });

  it("grants while it hangs, and stops in order all the same", async () => {
    const broker = await start();
    const caller = lab.caller(broker);
    await published("the host", ({ hosts }) => hosts.size === 1);
    etcd.pause();
    try {
      const { leaseId, holderKey } = await caller.acquire({});
      await caller.release({ leaseId, holderKey });
      assert.deepEqual(await broker.kill("SIGTERM"), { exitCode: 0, signal: null });
    } finally {
      etcd.resume();
    }
    const { leases } = await readPublished(client(etcd.endpoint), prefix);
    assert.ok(leases.size <= 1);
  });
});
