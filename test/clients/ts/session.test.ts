// Leases kept over a real gRPC session with a scripted broker: renewals, news, restarts.

import assert from "node:assert/strict";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { eventually } from "../../support/eventually.js";
import { clientLabs, endNotice, nextLost } from "./support/client-lab.js";

describe("the session of a client", () => {
  const lab = clientLabs();

  it("is one for all leases of the client", async () => {
    const { client, service, time } = lab();
    await Promise.all([client.acquire(), client.acquire(), client.acquire()]);
    time.advance(20);
    await eventually("the renewals", () => service.renewals.length >= 3);
    assert.equal(service.sessions.size, 1);
  });

  it("renews with the key and tells the application", async () => {
    const { client, service } = lab();
    const lease = await client.acquire();
    const renewed = new Promise<void>((resolve) => lease.once("renewed", resolve));
    await renewed;
    assert.deepEqual(service.renewals, [
      { leaseId: "lease-1", holderKey: "key-1", ttl: undefined },
    ]);
  });

  it("comes back after the broker was killed; the lease goes on", async () => {
    const { client, said, service, time } = lab();
    const lease = await client.acquire();
    await eventually("the first renewal", () => service.renewals.length === 1);
    service.stop();
    await said("the session with the broker ended", 1);
    assert.equal(lease.state, "safe");
    await service.start();
    await eventually("another renewal", () => {
      time.advance(25);
      return service.renewals.length === 2;
    });
    assert.equal(lease.state, "safe");
  });

  it("leaves a broker that says it goes away, and keeps its leases", async () => {
    const { client, service, time } = lab();
    const lease = await client.acquire();
    await eventually("the first renewal", () => service.renewals.length === 1);
    service.tell({ $case: "goingAway", value: { message: "restart" } });
    await eventually("the session ends", () => service.sessions.size === 0);
    await eventually("another session", () => {
      time.advance(25);
      return service.sessions.size === 1 && service.renewals.length === 2;
    });
    assert.equal(lease.state, "safe");
  });

  it("loses one lease and keeps the others", async () => {
    const { client, service, time } = lab();
    const [a, b] = await Promise.all([client.acquire(), client.acquire()]);
    time.advance(20);
    await eventually("both are renewed", () => service.renewals.length === 2);
    const lost = nextLost(a);
    service.tell(endNotice(a.leaseId, LeaseEndReason.LEASE_END_REASON_PORT_LOST));
    assert.equal((await lost).reason, "PORT_LOST");
    assert.equal(b.state, "safe");
  });

  it("survives a listener that throws: that is the application's own uncaught exception", async () => {
    const { client, service, time } = lab();
    const [a, b] = await Promise.all([client.acquire(), client.acquire()]);
    time.advance(20);
    await eventually("both are renewed", () => service.renewals.length === 2);
    const thrown = uncaught();
    a.on("lost", () => {
      throw new Error("a bug of the application");
    });
    service.tell(endNotice(a.leaseId, LeaseEndReason.LEASE_END_REASON_REVOKED));
    assert.match(String(await thrown), /a bug of the application/);
    time.advance(10_000);
    await eventually("the other one is renewed", () => service.renewals.length === 3);
    assert.equal(b.state, "safe");
  });
});

/** The next uncaught exception, which then is nobody else's. */
function uncaught(): Promise<unknown> {
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  return new Promise((resolve) => {
    process.once("uncaughtException", (error) => {
      for (const other of others) process.on("uncaughtException", other);
      resolve(error);
    });
  });
}
