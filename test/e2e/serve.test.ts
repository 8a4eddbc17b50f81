// Leased ports are really bound by other processes: the holder serves, a stranger is refused, the next holder gets the port,
// and a broker that stops or dies disturbs neither.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { AcquireLeaseRequest_PortPreference as PortPreference } from "@portlease/proto/portlease/v1/lease_service.js";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { describeOnLinux } from "../native/support/linux-only.js";
import { OtherProcess } from "../native/support/other-process.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { eventually } from "../support/eventually.js";
import { type Acquired, fromMs, type LeaseCaller } from "../support/lease-caller.js";
import { failureOf, RpcFailure } from "../support/rpc-failure.js";

const addresses = ["127.0.0.1", "::1"];
const everyAddress = [...addresses, "0.0.0.0", "::"];

describeOnLinux("A leased port that is really used", () => {
  let lab: BrokerLab;
  const others: OtherProcess[] = [];

  before(async () => {
    lab = await BrokerLab.open();
  });

  afterEach(async () => {
    await Promise.all(others.splice(0).map((other) => other.end("SIGKILL")));
  });

  after(() => lab.close());

  async function otherProcess(): Promise<OtherProcess> {
    const other = await OtherProcess.start();
    others.push(other);
    return other;
  }

  /** A process that serves on the leased port. */
  async function holderOf({ port, reservations }: Acquired): Promise<OtherProcess> {
    assert.deepEqual(
      reservations.map(({ bindMethod, firstPort }) => [bindMethod, firstPort]),
      [[BindMethod.BIND_METHOD_SHARE_PORT, port]],
    );
    const holder = await otherProcess();
    await holder.tell({ do: "lease", port, address: "::", bindMethod: "share-port", serve: true });
    await assertServes(port);
    return holder;
  }

  async function assertServes(port: number): Promise<void> {
    for (const address of addresses) assert.equal(await greeting(port, address), "served\n");
  }

  /** A program that knows nothing of leases. */
  async function assertStrangerRefused(stranger: OtherProcess, port: number): Promise<void> {
    const counts = await stranger.tell({
      do: "tryAll",
      firstPort: port,
      portCount: 1,
      addresses: everyAddress,
    });
    assert.deepEqual(counts, { EADDRINUSE: 2 * everyAddress.length });
  }

  /** A lease of the only port of the pool, once the broker gives it. */
  function acquireEventually(caller: LeaseCaller): Promise<Acquired> {
    return eventually("the port is granted again", async () => {
      try {
        return await caller.acquire({ ttl: fromMs(60_000) });
      } catch (error) {
        if (error instanceof RpcFailure && error.reason === "POOL_FULL") return null;
        throw error;
      }
    });
  }

  it("is refused to strangers on every address, before and while its holder serves", async () => {
    const broker = await lab.start({ poolSize: 2 });
    const lease = await lab.caller(broker).acquire();
    const stranger = await otherProcess();
    await assertStrangerRefused(stranger, lease.port);
    await holderOf(lease);
    await assertStrangerRefused(stranger, lease.port);
    await assertServes(lease.port);
    await broker.kill("SIGTERM");
  });

  it("goes to the next holder after release and quarantine, who serves on it too", async () => {
    const broker = await lab.start({ poolSize: 1, flags: ["--pool-quarantine", "200ms"] });
    const caller = lab.caller(broker);
    const first = await caller.acquire();
    await (await holderOf(first)).end("SIGKILL");
    await caller.release(first);
    const resting = await failureOf(caller.acquire());
    assert.equal(resting.details.errorInfo?.metadata["quarantined"], "1");

    const second = await acquireEventually(caller);
    assert.equal(second.port, first.port);
    assert.ok(second.generation > first.generation);
    await holderOf(second);
    await assertStrangerRefused(await otherProcess(), second.port);
    await broker.kill("SIGTERM");
  });

  it("is not granted to anybody while a past holder is still bound to it", async () => {
    const broker = await lab.start({ poolSize: 1, flags: ["--pool-quarantine", "0"] });
    const caller = lab.caller(broker);
    const first = await caller.acquire();
    const overstayer = await holderOf(first);
    await caller.release(first);
    const full = await failureOf(caller.acquire());
    assert.equal(full.reason, "POOL_FULL");
    assert.equal(full.details.errorInfo?.metadata["unavailable"], "1");
    const { port: preferredPort } = first;
    const portPreference = PortPreference.PORT_PREFERENCE_MUST;
    const inUse = await failureOf(caller.acquire({ preferredPort, portPreference }));
    assert.equal(`${inUse.codeName} ${inUse.reason}`, "FAILED_PRECONDITION PORT_IN_USE");
    assert.equal(
      inUse.details.preconditionFailure?.violations[0]?.subject,
      `port:${preferredPort}`,
    );
    await assertServes(first.port);

    await overstayer.end();
    assert.equal((await acquireEventually(caller)).port, first.port);
    await broker.kill("SIGTERM");
  });

  it("is granted as one of a run of ports that can all be served", async () => {
    const broker = await lab.start({ poolSize: 3, flags: ["--pool-quarantine", "0"] });
    const caller = lab.caller(broker);
    const run = await caller.acquire({ portCount: 3 });
    const holder = await otherProcess();
    for (let port = run.port; port < run.port + 3; port += 1) {
      await holder.tell({
        do: "lease",
        port,
        address: "::",
        bindMethod: "share-port",
        serve: true,
      });
      await assertServes(port);
    }
    await holder.end();
    await caller.release(run);

    // The ports one by one, and two given back that are not neighbours.
    const leases = [await caller.acquire(), await caller.acquire(), await caller.acquire()];
    for (const lease of leases.filter(({ port }) => port !== run.port + 1)) {
      await caller.release(lease);
    }
    const failure = await failureOf(caller.acquire({ portCount: 2 }));
    assert.equal(`${failure.codeName} ${failure.reason}`, "RESOURCE_EXHAUSTED NO_CONTIGUOUS_RUN");
    assert.equal(failure.details.errorInfo?.metadata["largest_free_run"], "1");
    await broker.kill("SIGTERM");
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`is served on while the broker is gone (${signal}) and after it is back`, async () => {
      const flags = ["--pool-quarantine", "0"];
      const broker = await lab.start({ poolSize: 2, flags });
      const lease = await lab.caller(broker).acquire({ ttl: fromMs(60_000) });
      await holderOf(lease);
      await broker.kill(signal);
      await assertServes(lease.port);

      const back: BrokerProcess = await lab.restart(broker);
      const caller = lab.caller(back);
      await assertServes(lease.port);
      const renewed = await caller.renew(lease);
      assert.deepEqual([renewed.port, renewed.generation], [lease.port, lease.generation]);
      assert.equal(renewed.unprotected, false, "the broker holds the port beside its holder again");
      const other = await caller.acquire();
      assert.notEqual(other.port, lease.port);
      assert.equal((await failureOf(caller.acquire())).reason, "POOL_FULL");
      await assertStrangerRefused(await otherProcess(), lease.port);
      await assertServes(lease.port);
      await back.kill("SIGTERM");
    });
  }
});

/** What the server on this port says first. */
async function greeting(port: number, host: string): Promise<string> {
  const socket = connect({ port, host });
  try {
    const [data] = (await once(socket, "data")) as [Buffer];
    return data.toString();
  } finally {
    socket.destroy();
  }
}
