// A lease ends at once when the process of its holder has ended (promise 6, semantics.md 11): only of a process that the broker
// proved, never on a doubt, and without its port going to anybody who is not the first to be alone on it.

import assert from "node:assert/strict";
import { HostProcesses } from "#server/audit/holder-processes.js";
import type { AuditDependencies, ProvenProcess } from "#server/domain/audit-boundaries.js";
import { unwatchedPerRound } from "#server/domain/holder-watch.js";
import { emptyWorld } from "../../support/audit-world.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";
import { AuditLab, firstPort } from "./audit-lab.js";

describe("The process of a holder (semantics 11)", () => {
  let lab: AuditLab;

  beforeEach(async () => {
    lab = new AuditLab();
    await lab.start();
  });

  it("ends all of its leases within a second when it ends, and nobody else's", async () => {
    const process = lab.run(700);
    await lab.lease(process);
    await lab.lease(process);
    const other = await lab.lease(lab.run(701));
    await lab.after(1_000);
    assert.deepEqual(lab.ends, []);
    lab.lab.host.endProcess(700);
    await lab.after(1_000);
    assert.deepEqual(lab.ends, ["holder_exited", "holder_exited"]);
    assert.ok(lab.life.broker.findLive(other.record.leaseId));
    assert.equal(lab.counters.holderExited, 2);
  });

  it("keeps the port out of use while a child that inherited the socket is bound", async () => {
    await lab.lease(lab.run(700));
    const socket = lab.bind(700);
    lab.run(701, 700);
    socket.shareWith(701, "worker");
    lab.lab.host.endProcess(700);
    await lab.after(1_000);
    assert.deepEqual(lab.ends, ["holder_exited"]);
    assert.equal(lab.block.stateOf(firstPort), "quarantined");
    await lab.after(60_000);
    const next = await lab.lease(null, { preferredPort: firstPort });
    assert.notEqual(next.record.ports.firstPort, firstPort);
    assert.equal(lab.block.stateOf(firstPort), "unavailable");
    lab.lab.host.endProcess(701);
    await lab.after(60_000);
    const last = await lab.lease(null, { preferredPort: firstPort });
    assert.equal(last.record.ports.firstPort, firstPort);
  });

  it("has no say when the broker did not prove it: the TTL decides", async () => {
    const process = { ...lab.run(700), proven: false };
    await lab.lease(process, { ttlMs: 60_000 });
    lab.lab.host.endProcess(700);
    await lab.after(59_000);
    assert.deepEqual(lab.ends, []);
    await lab.after(2_000);
    assert.deepEqual(lab.ends, ["expired"]);
  });

  it("is not a later process with the same id", async () => {
    await lab.lease(lab.run(700));
    await lab.after(1_000);
    lab.lab.host.endProcess(700);
    lab.run(700, 1, "fake:700 again");
    await lab.after(1_000);
    assert.deepEqual(lab.ends, ["holder_exited"]);
  });

  for (const [what, meanwhile, ends] of [
    ["still runs", () => undefined, []],
    ["ended", () => lab.lab.host.endProcess(700), ["holder_exited"]],
    ["gave its id to another", () => lab.run(700, 1, "another"), ["holder_exited"]],
  ] as const) {
    it(`is looked at again after a restart of the broker, in which it ${what}`, async () => {
      await lab.lease(lab.run(700));
      lab.lab.kill();
      meanwhile();
      await lab.start();
      await lab.after(0);
      assert.deepEqual(lab.ends, ends);
    });
  }

  it("ends its leases once the store works again, when it could not write at first", async () => {
    await lab.lease(lab.run(700));
    await lab.after(1_000);
    lab.lab.host.endProcess(700);
    lab.lab.store.failure = "before";
    await lab.after(1_000);
    assert.deepEqual(lab.ends, []);
    lab.lab.store.failure = "none";
    await lab.after(1_000);
    await lab.after(1_000);
    assert.deepEqual(lab.ends, ["holder_exited"]);
  });
});

describe("The watch over holders' processes", () => {
  interface World {
    readonly world: AuditDependencies;
    readonly ended: Set<number>;
    readonly open: Set<number>;
    readonly looks: number[];
  }

  function world(answer: (process: ProvenProcess) => boolean | null = () => false): World {
    const [ended, open, looks] = [new Set<number>(), new Set<number>(), [] as number[]];
    const processes: AuditDependencies["processes"] = {
      watch: (process) => {
        if (answer(process) === null) return null;
        const { processId } = process;
        open.add(processId);
        const hasExited = (): boolean => {
          looks.push(processId);
          return ended.has(processId);
        };
        return { hasExited, close: () => void open.delete(processId) };
      },
      hasEnded: ({ processId }) => {
        looks.push(processId);
        return ended.has(processId);
      },
    };
    return { world: { ...emptyWorld, processes }, ended, open, looks };
  }

  const holderOf = (processId: number) => ({
    service: "orders",
    instance: "",
    labels: {},
    process: { processId, startTime: "then", proven: true },
  });

  it("looks at a process once, however many leases it has, and lets go of it with the last", async () => {
    const { world: audit, open, looks } = world();
    const { broker, clock } = await brokerFixture({ audit });
    const grants = await Promise.all(
      [1, 2, 3].map(() => broker.acquire(request({ holder: holderOf(700) }))),
    );
    broker.advance();
    clock.advance(1_000);
    broker.advance();
    assert.deepEqual(looks, [700, 700]);
    assert.deepEqual([...open], [700]);
    for (const { lease } of grants) {
      assert.equal(open.size, 1);
      await broker.release(lease.record.leaseId, lease.holderKey, false);
    }
    assert.equal(open.size, 0);
  });

  it("keeps at most so many descriptors, and looks at the others in turn", async () => {
    const { world: audit, ended, open, looks } = world();
    const [watchesMax, size] = [10, 10 + 2 * unwatchedPerRound];
    const limited = { ...audit, watchesMax };
    const { broker, clock, events } = await brokerFixture({ audit: limited, policy: { size } });
    await Promise.all(
      Array.from({ length: size }, (_, index) =>
        broker.acquire(request({ holder: holderOf(10_000 + index), ttlMs: 3_600_000 })),
      ),
    );
    for (let round = 1; round <= 2; round += 1) {
      looks.length = 0;
      while (broker.advance() === 0);
      assert.equal(looks.length, watchesMax + unwatchedPerRound);
      assert.equal(open.size, watchesMax);
      if (round === 1) ended.add(10_000 + size - 1);
      clock.advance(1_000);
    }
    await settle();
    const ends = events.filter((event) => event.type === "lease_ended");
    assert.deepEqual(
      ends.map((event) => event.ended.lease.holder.process?.processId),
      [10_000 + size - 1],
    );
  });

  it("looks them up where the host has nothing to watch a process with", async () => {
    const { world: audit, ended } = world(() => null);
    const { broker, clock, events } = await brokerFixture({ audit });
    await broker.acquire(request({ holder: holderOf(700), ttlMs: 60_000 }));
    ended.add(700);
    clock.advance(1_000);
    broker.advance();
    await settle();
    assert.ok(events.some(({ type }) => type === "lease_ended"));
  });

  it("does not keep the broker from its other work when there are many", async () => {
    const { world: audit, looks } = world();
    const many = { ...audit, watchesMax: 2_500 };
    const { broker } = await brokerFixture({ audit: many, policy: { size: 2_500 } });
    await Promise.all(
      Array.from({ length: 2_500 }, (_, index) =>
        broker.acquire(request({ holder: holderOf(10_000 + index) })),
      ),
    );
    looks.length = 0;
    assert.equal(broker.advance(), 0, "there is more to do at once");
    assert.ok(looks.length <= 1_000);
    while (broker.advance() === 0);
    assert.equal(looks.length, 2_500);
  });

  it("ends many leases of one process without a queue that others would wait behind", async () => {
    const { world: audit, ended } = world();
    const size = 1_200;
    const { broker, store, events } = await brokerFixture({ audit, policy: { size } });
    await Promise.all(
      Array.from({ length: size }, () => broker.acquire(request({ holder: holderOf(700) }))),
    );
    const gate = store.hold();
    ended.add(700);
    broker.advance();
    assert.notEqual(broker.advance(), 0, "it waits for the disk");
    const grant = broker.acquire(request()).catch(() => null);
    gate.open();
    for (let turn = 0; turn < 5; turn += 1) {
      await settle();
      broker.advance();
    }
    await grant;
    await settle();
    const ends = store.batches.map(
      (batch) => batch.filter(({ change }) => change.type === "lease_ended").length,
    );
    assert.ok(Math.max(...ends) <= 500);
    assert.equal(events.filter(({ type }) => type === "lease_ended").length, size);
  });

  it("ends nothing while it cannot be told whether the process runs", async () => {
    const audit = { ...emptyWorld, processes: { watch: () => null, hasEnded: () => null } };
    const { broker, clock, events } = await brokerFixture({ audit });
    await broker.acquire(request({ holder: holderOf(700), ttlMs: 60_000 }));
    for (let second = 0; second < 30; second += 1) {
      clock.advance(1_000);
      broker.advance();
    }
    await settle();
    assert.ok(events.every(({ type }) => type !== "lease_ended"));
  });

  it("lets go of every descriptor when the broker stops", async () => {
    const { world: audit, open } = world();
    const { broker } = await brokerFixture({ audit });
    await broker.acquire(request({ holder: holderOf(700) }));
    broker.advance();
    await broker.stop();
    broker.advance();
    assert.equal(open.size, 0);
  });
});

describe("HostProcesses", () => {
  const identity = { processId: 700, startTime: "then", processName: "orders" };
  const asked = { processId: 700, startTime: "then" };
  const fail = (): never => {
    throw new Error("not here");
  };

  it("takes a process that can neither be watched nor told to have ended for unknown", () => {
    for (const hasProcessEnded of [() => null, () => false, fail]) {
      const host = new HostProcesses({ watchProcess: () => null, hasProcessEnded });
      assert.equal(host.watch(asked), null);
    }
    assert.equal(
      new HostProcesses({ watchProcess: fail, hasProcessEnded: fail }).watch(asked),
      null,
    );
  });

  it("closes the watch of another process that has the id by now", () => {
    let closed = false;
    const watch = {
      identity: { ...identity, startTime: "later" },
      hasExited: () => false,
      close: () => void (closed = true),
    };
    const host = new HostProcesses({ watchProcess: () => watch, hasProcessEnded: () => null });
    assert.equal(host.watch(asked), "ended");
    assert.ok(closed);
  });
});
