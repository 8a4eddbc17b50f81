import assert from "node:assert/strict";
import { refusal } from "../../support/broker-error.js";
import { FakeClock } from "../../support/fake-clock.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";

describe("Broker: acquire", () => {
  it("answers only when the grant is on disk", async () => {
    const { broker, store } = await brokerFixture();
    const gate = store.hold();
    let answered = false;
    const grant = broker.acquire(request()).then(() => (answered = true));
    await settle();
    assert.equal(answered, false);
    assert.equal(broker.leaseCount, 0);
    gate.open();
    await grant;
    const { leases } = await store.load();
    assert.equal(leases.length, 1);
  });

  it("commits together what was asked together, and what came meanwhile in the next batch", async () => {
    const { broker, store } = await brokerFixture();
    const gate = store.hold();
    const first = [broker.acquire(request()), broker.acquire(request())];
    await settle();
    const second = [broker.acquire(request()), broker.acquire(request())];
    await settle();
    assert.deepEqual(
      store.batches.map((batch) => batch.length),
      [2],
    );
    gate.open();
    await Promise.all([...first, ...second]);
    assert.deepEqual(
      store.batches.map((batch) => batch.length),
      [2, 2],
    );
  });

  it("gives every lease a port of its own and a generation that rises", async () => {
    const { broker } = await brokerFixture();
    const grants = await Promise.all(Array.from({ length: 8 }, () => broker.acquire(request())));
    const ports = grants.map(({ lease }) => lease.record.ports.firstPort);
    assert.deepEqual(ports, [20_000, 20_001, 20_002, 20_003, 20_004, 20_005, 20_006, 20_007]);
    const generations = grants.map(({ lease }) => lease.record.generation);
    assert.deepEqual(
      generations,
      generations.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(generations).size, 8);
    const ids = grants.map(({ lease }) => lease.record.leaseId);
    assert.deepEqual(ids, ids.toSorted());
  });

  it("leases runs of consecutive ports, all or nothing", async () => {
    const { broker } = await brokerFixture();
    const { lease } = await broker.acquire(request({ portCount: 3 }));
    assert.deepEqual(lease.record.ports, { firstPort: 20_000, lastPort: 20_002 });
    await broker.acquire(request({ preferredPort: 20_005, portMustMatch: true }));
    const error = await refusal(broker.acquire(request({ portCount: 4 })), "no_contiguous_run");
    assert.equal(error.details.metadata?.["free"], "4");
    assert.equal(error.details.metadata?.["largest_free_run"], "2");
  });

  it("says when a full pool may have a port again", async () => {
    const { broker, clock } = await brokerFixture({ policy: { size: 1 } });
    const { lease } = await broker.acquire(request());
    await refusal(broker.acquire(request()), "pool_full");
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    clock.advance(2_000);
    const error = await refusal(broker.acquire(request()), "pool_full");
    assert.equal(error.details.retryAfterMs, 3_000);
    assert.equal(error.details.metadata?.["quarantined"], "1");
  });

  it("refuses bad requests with the field, the value and the bounds", async () => {
    const { broker } = await brokerFixture();
    const acquire = (fields: Parameters<typeof request>[0]) => broker.acquire(request(fields));
    assert.match(
      (await refusal(acquire({ ttlMs: 1_000 }), "ttl_out_of_range")).message,
      /1 s .* 2 s to 3600 s/,
    );
    await refusal(acquire({ ttlMs: 3_600_001 }), "ttl_out_of_range");
    await refusal(acquire({ portCount: 5 }), "port_count_out_of_range");
    await refusal(acquire({ preferredPort: 65_536 }), "port_out_of_range");
    await refusal(acquire({ preferredPort: 1_024, portMustMatch: true }), "port_out_of_range");
    const unnamed = await refusal(acquire({ portMustMatch: true }), "field_invalid");
    assert.match(unnamed.message, /port_preference is MUST, .* name the port/);
    await refusal(
      acquire({ preferredPort: 20_007, portCount: 2, portMustMatch: true }),
      "port_out_of_range",
    );
    assert.match(
      (await refusal(acquire({ pool: "nope" }), "pool_not_found")).message,
      /"nope".*default/,
    );
    await refusal(acquire({ protocol: "udp" }), "protocol_not_in_pool");
    const holder = { service: "x".repeat(129), instance: "", labels: {}, process: null };
    assert.equal(
      (await refusal(acquire({ holder }), "field_invalid")).details.field,
      "holder.service",
    );
    assert.equal(broker.leaseCount, 0);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_000);
  });

  it("takes a preferred port, another one when it may, and says why not when it must", async () => {
    const { broker, reservation } = await brokerFixture();
    const prefer = { preferredPort: 20_003 };
    const must = { ...prefer, portMustMatch: true };
    const { lease } = await broker.acquire(request(prefer));
    assert.equal(lease.record.ports.firstPort, 20_003);
    await refusal(broker.acquire(request(must)), "port_leased");
    assert.equal((await broker.acquire(request(prefer))).lease.record.ports.firstPort, 20_000);
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    await refusal(broker.acquire(request(must)), "port_in_quarantine");
    reservation.inUse.add(20_005);
    await refusal(
      broker.acquire(request({ preferredPort: 20_005, portMustMatch: true })),
      "port_in_use",
    );
  });

  it("validate_only checks everything and leases nothing", async () => {
    const { broker, store } = await brokerFixture();
    const plan = broker.validateAcquire(request({ portCount: 2, validateOnly: true }));
    assert.deepEqual(plan.taken.ports, { firstPort: 20_000, lastPort: 20_001 });
    await refusal(() => broker.validateAcquire(request({ pool: "nope" })), "pool_not_found");
    assert.equal(store.batches.length, 0);
    assert.equal((await broker.acquire(request())).lease.record.ports.firstPort, 20_000);
  });

  it("never lets the caller add up a later deadline than its own, whatever the answer took", async () => {
    const clock = new FakeClock();
    const { broker } = await brokerFixture({ clock, onEvent: () => clock.advance(3) });
    const receivedMs = clock.monotonicMs();
    const grants = await Promise.all(Array.from({ length: 5 }, () => broker.acquire(request())));
    for (const { lease, waitMs } of grants) {
      assert.ok(receivedMs + waitMs + lease.record.ttlMs <= lease.deadlineMs);
    }
  });

  it("refuses validate_only, too, while the store cannot write", async () => {
    const { broker, store } = await brokerFixture();
    store.failure = "before";
    await refusal(broker.acquire(request()), "store_unavailable");
    await refusal(() => broker.validateAcquire(request()), "store_unavailable");
  });

  it("tells how long the caller waited, so that it can count from the time it sent the request", async () => {
    const { broker, store, clock } = await brokerFixture();
    const gate = store.hold();
    const pending = broker.acquire(request());
    await settle();
    clock.advance(700);
    gate.open();
    const { waitMs, lease } = await pending;
    assert.equal(waitMs, 700);
    assert.equal(lease.deadlineMs, clock.monotonicMs() + 30_000);
  });
});
