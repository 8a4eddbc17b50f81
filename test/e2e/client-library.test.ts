// The TypeScript library against a real broker, as applications use it: what it leases, what it is refused, and how it is called off.
// A broker that dies: dead-broker.test.ts. Sockets: test/clients/ts.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { LeaseClient, PortleaseError } from "@portlease/client";
import { RevokeLeaseRequest } from "@portlease/proto/portlease/v1/admin_service.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { type LeaseCaller, unary } from "../support/lease-caller.js";
import { CutLine } from "./support/cut-line.js";

describe("The TypeScript library with a real broker", function () {
  this.timeout(120_000);
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;
  let client: LeaseClient;
  const clients: LeaseClient[] = [];
  const lines: CutLine[] = [];

  before(async () => {
    lab = await BrokerLab.open();
    const [first, second, third] = [
      await lab.takePorts(8),
      await lab.takePorts(4),
      await lab.takePorts(1),
    ];
    const config = `pools:
  - { name: default, start: ${first}, size: 8, quarantine: 0s, quota: { perService: 6, services: { small: 2 } } }
  - { name: datagrams, protocol: udp, start: ${second}, size: 4, quarantine: 0s }
  - { name: resting, start: ${third}, size: 1, quarantine: 60s }
`;
    broker = await lab.start({ poolSize: 0, config });
    caller = lab.caller(broker);
  });
  beforeEach(() => {
    client = open(broker.address);
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((each) => each.close()));
    for (const line of lines.splice(0)) line.cut();
  });
  after(() => lab.close());

  function open(address: string): LeaseClient {
    const made = new LeaseClient({ address, releaseOnSignals: false, acquireTimeoutMs: 5_000 });
    clients.push(made);
    return made;
  }

  it("leases a run of ports, ports of a pool, and UDP ports, all over one connection", async () => {
    const line = await CutLine.to(broker.address);
    lines.push(line);
    const holder = open(line.address);
    const run = await holder.acquire({ service: "run", portCount: 3 });
    assert.deepEqual(run.ports, [run.port, run.port + 1, run.port + 2]);
    const one = await holder.acquire({ service: "one" });
    assert.ok(!run.ports.includes(one.port));
    const udp = await holder.acquire({ pool: "datagrams", protocol: "udp" });
    assert.deepEqual([udp.pool, udp.protocol], ["datagrams", "udp"]);
    await once(udp, "renewed");
    assert.equal(line.accepted, 1);
    if (process.platform !== "linux") return;
    const socket = createSocket("udp4");
    await udp.bind(socket, { host: "127.0.0.1" });
    assert.equal(socket.address().port, udp.port);
    socket.close();
    await once(socket, "close");
  });

  it("gets the port back that service and instance had, and the one that it insists on", async () => {
    const who = { service: "again", instance: "1" };
    const { port } = await client.acquire(who).then(async (lease) => {
      await lease.release();
      return lease;
    });
    const other = await client.acquire({ service: "other" });
    assert.notEqual(other.port, port);
    const again = await client.acquire(who);
    assert.equal(again.port, port);
    const wish = { preferredPort: port, preferredPortMode: "must" } as const;
    assert.equal((await refusalOf(client.acquire(wish))).reason, "PORT_LEASED");
    const { port: elsewhere } = await client.acquire({ preferredPort: port });
    assert.notEqual(elsewhere, port);
  });

  it("says which quota is used up, by numbers, and that waiting helps only where it does", async () => {
    await client.acquire({ service: "small", portCount: 2 });
    const { code, reason, metadata, retryDelayMs } = await refusalOf(
      client.acquire({ service: "small" }),
    );
    assert.deepEqual([code, reason], ["RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"]);
    assert.equal(retryDelayMs, null, "nobody knows when the service gives ports back");
    const { pool, service, quota, used, asked } = metadata;
    assert.deepEqual([pool, service, quota, used, asked], ["default", "small", "2", "2", "1"]);
    const most = { service: "other", portCount: 7, maxWaitMs: 10_000 };
    // More than it may ever have: refused at once, however long it would wait.
    assert.equal((await refusalOf(client.acquire(most))).reason, "QUOTA_EXCEEDED");
  });

  it("says how long to wait for a port that rests", async () => {
    const held = await client.acquire({ pool: "resting" });
    await held.release();
    const { code, reason, retryDelayMs } = await refusalOf(client.acquire({ pool: "resting" }));
    assert.deepEqual([code, reason], ["RESOURCE_EXHAUSTED", "POOL_FULL"]);
    assert.ok(retryDelayMs !== null && retryDelayMs > 0 && retryDelayMs <= 60_000);
  });

  it("gets a place in line for its quota, too", async () => {
    const held = await client.acquire({ service: "small", portCount: 2 });
    const waiting = client.acquire({ service: "small", portCount: 2, maxWaitMs: 10_000 });
    await held.release();
    assert.equal((await waiting).ports.length, 2);
  });

  it("does not mind an AbortSignal that fires when the lease is there", async () => {
    const abort = new AbortController();
    const lease = await client.acquire({ ttlMs: 60_000, signal: abort.signal });
    abort.abort();
    await once(lease, "renewed");
    assert.equal(lease.state, "safe");
  });

  it("gives back at the end of an await using block, lease by lease or all of a client", async () => {
    const { address } = broker;
    {
      await using mine = new LeaseClient({ address, releaseOnSignals: false });
      await mine.acquire({ service: "block" });
      {
        await using lease = await mine.acquire({ service: "inner" });
        assert.equal(lease.state, "safe");
      }
      assert.deepEqual(await servicesOf(), ["block"]);
    }
    assert.deepEqual(await servicesOf(), []);
  });

  it("keeps its leases apart: one that an operator takes leaves the others alone", async () => {
    const [mine, other] = [
      await client.acquire({ service: "mine" }),
      await client.acquire({ service: "other" }),
    ];
    await once(other, "renewed");
    const lost = once(mine, "lost");
    const { adminClient } = caller;
    const words = { leaseId: mine.leaseId, reason: "the rack is moved" };
    await unary(adminClient.revokeLease.bind(adminClient), RevokeLeaseRequest.fromPartial(words));
    const [{ reason, message }] = (await lost) as [{ reason: string; message: string }];
    assert.equal(reason, "REVOKED");
    assert.match(message, /revoked by an operator: the rack is moved/);
    assert.equal(other.state, "safe");
  });

  async function servicesOf(): Promise<readonly string[]> {
    const leases = await caller.list();
    return leases.map(({ holder }) => holder?.service ?? "").toSorted();
  }
});

async function refusalOf(attempt: Promise<unknown>): Promise<PortleaseError> {
  const error: unknown = await attempt.then(
    () => assert.fail("nothing was refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PortleaseError, String(error));
  return error;
}
