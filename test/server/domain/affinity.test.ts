import assert from "node:assert/strict";
import { Affinity } from "#server/domain/affinity.js";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import type { HolderProcess, LeaseEndReason } from "#server/domain/records.js";
import { BlockLab } from "../../support/block-lab.js";
import { refusal } from "../../support/broker-error.js";
import {
  type BrokerFixture,
  brokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";

const proven: HolderProcess = { processId: 7, startTime: "1", proven: true };
const holder = (instance: string, process: HolderProcess | null = null) => ({
  service: "orders",
  instance,
  labels: {},
  process,
});
const ask = (instance: string, process: HolderProcess | null = null) =>
  request({ holder: holder(instance, process) });

async function lease({ broker }: BrokerFixture, asked = ask("a")) {
  const grant = await broker.acquire(asked);
  return { ...grant.lease, firstPort: grant.lease.record.ports.firstPort };
}

async function release(
  { broker }: BrokerFixture,
  held: { record: { leaseId: string }; holderKey: string },
) {
  await broker.release(held.record.leaseId, held.holderKey, false);
}

describe("Affinity", () => {
  it("gives an instance its former port again, and nobody waits for it meanwhile", async () => {
    const fixture = await brokerFixture({ policy: { quarantineMs: 0 } });
    await lease(fixture, ask("b"));
    const held = await lease(fixture);
    assert.equal(held.firstPort, 20_001);
    await release(fixture, held);
    assert.equal((await lease(fixture)).firstPort, 20_001);
  });

  it("gives another port when the former one has gone to another", async () => {
    const fixture = await brokerFixture({ policy: { quarantineMs: 0 } });
    await release(fixture, await lease(fixture));
    await lease(fixture, request({ holder: holder("b"), preferredPort: 20_000 }));
    assert.equal((await lease(fixture)).firstPort, 20_001);
  });

  it("gives several ports again in the order in which they were asked for", async () => {
    const fixture = await brokerFixture();
    const [first, second] = [await lease(fixture), await lease(fixture)];
    await release(fixture, second);
    await release(fixture, first);
    assert.equal((await lease(fixture)).firstPort, first.firstPort);
    assert.equal((await lease(fixture)).firstPort, second.firstPort);
  });

  it("gives a run again as a run, and no single port of it", async () => {
    const fixture = await brokerFixture();
    const run = { holder: holder("a"), portCount: 2 };
    await release(fixture, await lease(fixture, request(run)));
    assert.equal((await lease(fixture)).firstPort, 20_002);
    assert.equal((await lease(fixture, request(run))).firstPort, 20_000);
  });

  it("does not know holders without an instance", async () => {
    const fixture = await brokerFixture({ policy: { quarantineMs: 0 } });
    await release(fixture, await lease(fixture, ask("")));
    assert.equal((await lease(fixture, ask(""))).firstPort, 20_001);
  });

  it("remembers no end by an operator, by the system or by a caller that was never answered", () => {
    const affinity = new Affinity();
    const former = {
      holder: holder("a"),
      ports: { firstPort: 20_000, lastPort: 20_000 },
      generation: 1,
    };
    for (const reason of ["revoked", "never_bound", "port_lost", "caller_gone"] as const) {
      affinity.remember(former, reason);
      assert.deepEqual(affinity.runsOf(holder("a"), 1), [], reason);
    }
    affinity.remember(former, "expired");
    assert.deepEqual(affinity.runsOf(holder("a"), 1), [former.ports]);
  });

  it("tells instances apart whatever their names are made of", () => {
    const affinity = new Affinity();
    const ports = { firstPort: 20_000, lastPort: 20_000 };
    const named = (service: string, instance: string) => ({ ...holder(instance), service });
    affinity.remember({ holder: named("a", "1 b"), ports, generation: 1 }, "released");
    assert.deepEqual(affinity.runsOf(named("a1", " b"), 1), []);
    assert.deepEqual(affinity.runsOf(named("a 1", "b"), 1), []);
  });

  it("remembers a bounded number of ends, of each instance and of all", () => {
    const affinity = new Affinity();
    for (let index = 0; index < 11_000; index += 1) {
      const ports = { firstPort: 1 + index, lastPort: 1 + index };
      affinity.remember({ holder: holder(String(index)), ports, generation: index }, "released");
    }
    assert.equal(affinity.size, 10_000);
    assert.deepEqual(affinity.runsOf(holder("999"), 1), []);
    assert.equal(affinity.runsOf(holder("1000"), 1).length, 1);
    for (let index = 0; index < 20; index += 1) {
      const ports = { firstPort: 1 + index, lastPort: 1 + index };
      affinity.remember({ holder: holder("many"), ports, generation: index }, "released");
    }
    assert.equal(affinity.runsOf(holder("many"), 1).length, 16);
    assert.equal(affinity.size, 10_000);
  });
});

describe("Quarantine of a holder that comes back (semantics 8)", () => {
  /** What the instance gets that asks again right after its lease ended so. */
  async function afterEnd(reason: LeaseEndReason, process: HolderProcess | null) {
    const fixture = await brokerFixture();
    const held = await lease(fixture, ask("a", process));
    const { pools } = fixture.broker;
    if (reason === "expired") {
      fixture.clock.advance(30_000);
      fixture.broker.advance();
      await fixture.broker.stop();
    } else {
      pools[0]?.leaseEnded(fixture.block, held.record, reason, 5_000);
    }
    const wish = { portCount: 1, claimant: holder("a") };
    const taken = pools[0]?.take(wish, leastRecentlyUsed, fixture.clock.monotonicMs());
    return taken?.ports.firstPort === held.firstPort ? "its own" : "another";
  }

  it("is skipped after a release, and after a crash that the broker knows of", async () => {
    assert.equal(await afterEnd("released", null), "its own");
    assert.equal(await afterEnd("holder_exited", proven), "its own");
    assert.equal(await afterEnd("expired", proven), "its own");
  });

  it("stands after an expiry of who may only be paused, and after every other end", async () => {
    assert.equal(await afterEnd("expired", null), "another");
    assert.equal(await afterEnd("expired", { ...proven, proven: false }), "another");
    assert.equal(await afterEnd("revoked", proven), "another");
    assert.equal(await afterEnd("never_bound", proven), "another");
    assert.equal(await afterEnd("port_lost", proven), "another");
  });

  it("is skipped for a port that the same instance names, and for nobody else", async () => {
    const fixture = await brokerFixture();
    await release(fixture, await lease(fixture));
    const named = { preferredPort: 20_000, portMustMatch: true };
    const other = fixture.broker.acquire(request({ ...named, holder: holder("b") }));
    await refusal(other, "port_in_quarantine");
    await refusal(fixture.broker.acquire(request(named)), "port_in_quarantine");
    await fixture.broker.acquire(request({ ...named, holder: holder("a") }));
  });

  it("is the last holder's: who had the port before that one waits like all others", async () => {
    const fixture = await brokerFixture({ policy: { size: 1 } });
    await release(fixture, await lease(fixture));
    fixture.clock.advance(5_000);
    await release(fixture, await lease(fixture, ask("b")));
    await refusal(fixture.broker.acquire(ask("a")), "pool_full");
    await lease(fixture, ask("b"));
  });

  it("goes on while the operating system shows the port bound, and ends no sooner when it does not any more", async () => {
    const fixture = await brokerFixture({ policy: { size: 1 } });
    await release(fixture, await lease(fixture));
    fixture.reservation.inUse.add(20_000);
    await refusal(fixture.broker.acquire(ask("a")), "pool_full");
    fixture.reservation.inUse.delete(20_000);
    fixture.clock.advance(4_999);
    fixture.broker.advance();
    await refusal(fixture.broker.acquire(ask("b")), "pool_full");
    assert.equal((await lease(fixture)).firstPort, 20_000);
  });

  it("is not ended by who only asks what it would get, nor by who goes away", async () => {
    const fixture = await brokerFixture({ policy: { size: 1 } });
    await release(fixture, await lease(fixture));
    assert.equal(fixture.broker.validateAcquire(ask("a")).taken.ports.firstPort, 20_000);
    const caller = new AbortController();
    const left = fixture.broker.acquire(ask("a"), caller.signal);
    caller.abort();
    await refusal(left, "cancelled");
    const late = new AbortController();
    const gate = fixture.store.hold();
    const tooLate = fixture.broker.acquire(ask("a"), late.signal);
    await settle();
    late.abort();
    gate.open();
    await refusal(tooLate, "cancelled");
    await settle();
    const full = await refusal(fixture.broker.acquire(ask("b")), "pool_full");
    assert.equal(full.details.retryAfterMs, 5_000);
    assert.equal(full.details.metadata?.["quarantined"], "1");
  });
});

describe("Affinity after a restart", () => {
  it("knows the ends that the history has, and skips the rest of a port for its last holder only", async () => {
    const lab = new BlockLab();
    const pools = [{ start: 20_000, size: 4, quarantineMs: 5_000 }];
    const before = await lab.start(pools);
    const held = await before.broker.acquire(ask("a"));
    await before.broker.release(held.lease.record.leaseId, held.lease.holderKey, false);
    await before.stop();
    const end = (instance: string, generation: number) => ({
      lease: { ...held.lease.record, holder: holder(instance), generation },
      reason: "released" as const,
      endedWallMs: lab.clock.wallMs(),
    });
    const { broker } = await lab.start(pools, { recentEnds: [end("a", 1), end("b", 2)] });
    const portOf = async (instance: string) =>
      (await broker.acquire(ask(instance))).lease.record.ports.firstPort;
    assert.equal(await portOf("a"), 20_001);
    assert.equal(await portOf("b"), 20_000);
  });
});
