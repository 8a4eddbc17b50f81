// The broker, or the whole machine, ends without a word and comes back: leases and what is served on them go on.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import { runCli } from "../../support/cli.js";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { describeInWine } from "../support/wine-lab.js";

/** The broker looks again after 1 s, 2 s, 4 s and so on. */
const coveredMsMax = 120_000;
const heardMsMax = 30_000;

/** Said in place of the tokens, which are secret. */
const tokenKept = "the token is the same as before";

describeInWine("after the end of the broker on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  let firstPort: number;

  beforeEach(async () => {
    lab = await EndToEndLab.open();
    firstPort = await lab.take(3);
  });

  afterEach(() => lab.close());

  const poolOf = (kind: LabPool["kind"]): readonly LabPool[] => [
    { name: "default", kind, start: firstPort, size: 3 },
  ];

  it("a persistent block is the same one, refused to strangers all the while", async () => {
    await lab.startBroker(poolOf("persistent"));
    const [sidecar, stranger] = await Promise.all([lab.sidecar(), lab.stranger()]);
    const { ports, generation } = await sidecar.acquire();
    const [port = 0] = ports;
    await sidecar.serve();
    const made = await lab.pool.reservations("persistent");

    await lab.broker.kill();
    assert.equal(await httpServedBy(port), sidecar.processId);
    assert.equal(await stranger.listen(firstPort + 2), "EACCES");

    await lab.startBroker(poolOf("persistent"));
    assert.deepEqual(await lab.pool.reservations("persistent"), made);
    assert.equal(await stranger.listen(firstPort + 2), "EACCES");
    assert.equal(await httpServedBy(port), sidecar.processId);
    const [found] = await lab.caller().list();
    assert.deepEqual([found?.port, String(found?.generation)], [port, generation]);
    // It listens again, with the token that it has.
    await sidecar.close();
    await sidecar.serve();
    assert.equal(await httpServedBy(port), sidecar.processId);
    const { events, state } = await sidecar.lease();
    assert.ok(!events.includes("lost") && !events.includes("tokenChanged"), events.join());
    assert.equal(state, "safe");
  });

  it("a sidecar is told of the tokens that a restart of the machine changed", async () => {
    await lab.startBroker(poolOf("persistent"));
    const sidecar = await lab.sidecar();
    const before = await sidecar.acquire();
    await lab.broker.kill();
    await lab.pool.reboot();
    await lab.startBroker(poolOf("persistent"));

    await eventually(
      "the sidecar is told",
      async () => (await sidecar.lease()).events.includes("tokenChanged"),
      { withinMs: heardMsMax },
    );
    const after = await sidecar.serve();
    assert.equal(after.leaseId, before.leaseId);
    assert.equal(after.generation, before.generation);
    assert.ok(after.reservations[0]?.token !== before.reservations[0]?.token, tokenKept);
    assert.equal(await httpServedBy(after.ports[0] ?? 0), sidecar.processId);
    const refused = await sidecar.bindWithToken(
      after.ports[0] ?? 0,
      before.reservations[0]?.token ?? "",
      3,
    );
    assert.equal(refused?.reason, "RESERVATION_GONE");
  });

  it("a lease outlives a restart of the machine, and its next process serves on it", async () => {
    await lab.startBroker(poolOf("persistent"));
    // Whoever has the request id may have the lease: that is how a service finds its own after it was restarted.
    const request = { requestId: "the-service-of-this-test", claimProcess: false, ttlMs: 600_000 };
    const first = await lab.sidecar();
    const before = await first.acquire(request);
    await first.serve();
    await Promise.all([lab.broker.kill(), first.kill()]);
    await lab.pool.reboot();

    await lab.startBroker(poolOf("persistent"));
    const second = await lab.sidecar();
    const after = await second.acquire(request);
    assert.deepEqual(
      [after.leaseId, after.ports, after.generation],
      [before.leaseId, before.ports, before.generation],
    );
    assert.ok(after.reservations[0]?.token !== before.reservations[0]?.token, tokenKept);
    await second.serve();
    assert.equal(await httpServedBy(after.ports[0] ?? 0), second.processId);
  });

  it("a runtime block comes back around its sidecars, and covers their ports when they are free", async () => {
    await lab.startBroker(poolOf("runtime"));
    const [sidecar, stranger] = await Promise.all([
      lab.sidecar({ elevated: false }),
      lab.stranger(),
    ]);
    const { leaseId, ports, generation } = await sidecar.acquire();
    const [port = 0] = ports;
    await sidecar.serve();
    await lab.broker.kill();
    assert.equal(await httpServedBy(port), sidecar.processId);

    await lab.startBroker(poolOf("runtime"));
    const caller = lab.caller();
    const found = await caller.get(leaseId);
    assert.deepEqual([String(found.generation), found.unprotected], [generation, true]);
    const shown = await runCli(["ls", "--json", "--address", lab.broker.address]);
    const { leases } = JSON.parse(shown.stdout) as {
      leases: { leaseId: string; unprotected: boolean }[];
    };
    assert.deepEqual(
      leases.map((lease) => [lease.leaseId, lease.unprotected]),
      [[leaseId, true]],
    );
    assert.equal(await httpServedBy(port), sidecar.processId);
    for (const other of [firstPort, firstPort + 1, firstPort + 2]) {
      if (other === port) continue;
      assert.equal(await stranger.listen(other), "EACCES");
      assert.equal(await stranger.listen(other, { address: "::" }), "EACCES");
    }

    await sidecar.close();
    await eventually("the port is covered", async () => !(await caller.get(leaseId)).unprotected, {
      withinMs: coveredMsMax,
    });
    assert.equal(await stranger.listen(port), "EACCES");
    await sidecar.serve();
    assert.equal(await httpServedBy(port), sidecar.processId);
    assert.ok(!(await sidecar.lease()).events.includes("lost"));
  });

  it("a lease is lost when a stranger took its free port meanwhile", async () => {
    await lab.startBroker(poolOf("runtime"));
    const [sidecar, stranger] = await Promise.all([lab.sidecar(), lab.stranger()]);
    const caller = lab.caller();
    // Only a proven holder can be told from a stranger, and Wine's tables do not always name who connects.
    const { ports } = await eventually("the broker proves the holder", async () => {
      const lease = await sidecar.acquire({ ttlMs: 600_000 });
      if ((await caller.get(lease.leaseId)).holder?.process?.proven) return lease;
      await sidecar.release();
      return null;
    });
    const [port = 0] = ports;
    await lab.broker.kill();
    const socket = await stranger.socket();
    assert.equal((await stranger.bind(socket, port)).error, 0);
    await stranger.ask({ do: "serve", socket });

    await lab.startBroker(poolOf("runtime"));
    await eventually(
      "the lease is lost",
      async () => (await sidecar.lease()).events.includes("lost"),
      { withinMs: coveredMsMax },
    );
    const refused = await sidecar.failToServe();
    assert.equal(refused.reason, "LEASE_LOST");
    // Somebody else's port is nobody's to lease.
    const next = await sidecar.acquire();
    assert.notEqual(next.ports[0], port);
  });
});
