// A restart beside bound ports (semantics.md 18): leases go on unprotected, are covered again when that is possible, and end
// only when a stranger provably has the port.

import assert from "node:assert/strict";
import { StrangerSearch } from "#server/blocks/find-stranger.js";
import type { HolderProcess } from "#server/domain/records.js";
import { BlockLab, type LabBroker } from "../../support/block-lab.js";
import { request, settle } from "../../support/broker-fixture.js";

const holder: HolderProcess = { processId: 700, startTime: "fake:700", proven: true };
const pool = { kind: "runtime", start: 20_000 } as const;

async function restarted(
  lab: BlockLab,
  process: HolderProcess | null,
  meanwhile: () => void,
): Promise<LabBroker & { readonly leaseId: string }> {
  const first = await lab.start([pool]);
  const asked = request({
    holder: { service: "orders", instance: "", labels: {}, process },
    ttlMs: 60_000,
  });
  const { lease } = await first.broker.acquire(asked);
  lab.kill();
  meanwhile();
  return { ...(await lab.start([pool])), leaseId: lease.record.leaseId };
}

async function look(lab: BlockLab, { broker }: LabBroker, afterMs: number): Promise<void> {
  lab.clock.advance(afterMs);
  broker.advance();
  await settle();
}

const changes = (lab: BlockLab) =>
  lab.events.filter((event) => event.type === "lease_reservation_changed");

describe("a leased port that is not covered (semantics 18)", () => {
  it("is covered again once its holder lets it be, and the holder hears of the new reservation", async () => {
    const lab = new BlockLab();
    let close = (): void => undefined;
    const life = await restarted(lab, holder, () => {
      const socket = lab.host.openSocket({ port: 20_000, processId: 700 });
      close = () => socket.close();
    });
    const block = life.broker.blocks.served[0] ?? assert.fail();
    const before = block.reservation.reservationsOf(20_000)[0]?.token;
    assert.deepEqual(block.reservation.uncoveredPorts(), [20_000]);
    await look(lab, life, 1_000);
    assert.deepEqual(changes(lab), []);
    assert.ok(life.broker.find(life.leaseId), "the holder is no stranger");
    close();
    await look(lab, life, 2_000);
    assert.deepEqual(changes(lab), [
      {
        type: "lease_reservation_changed",
        leaseId: life.leaseId,
        ports: { firstPort: 20_000, lastPort: 20_000 },
        port: 20_000,
      },
    ]);
    assert.notEqual(block.reservation.reservationsOf(20_000)[0]?.token, before);
  });

  it("is tried after one second, then less and less often, up to every 30 seconds", async () => {
    const lab = new BlockLab();
    const life = await restarted(lab, holder, () =>
      lab.host.openSocket({ port: 20_000, processId: 700 }),
    );
    const [block] = life.broker.blocks.served;
    const tries: number[] = [];
    const start = lab.clock.monotonicMs();
    const reservation = block?.reservation ?? assert.fail();
    const cover = reservation.coverPort.bind(reservation);
    reservation.coverPort = (port) => {
      tries.push(lab.clock.monotonicMs() - start);
      return cover(port);
    };
    const key = [...life.broker.leases()][0]?.holderKey ?? "";
    for (let second = 0; second < 100; second += 1) {
      await life.broker.renew(life.leaseId, key, null);
      await look(lab, life, 1_000);
    }
    assert.deepEqual(tries, [1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]);
  });

  for (const [what, call, leased] of [
    ["leased ones", "coverPort", 8],
    ["free ones", "reclaimPort", 0],
  ] as const) {
    it(`does not keep the broker from its other work when trying many takes long: ${what}`, async () => {
      const lab = new BlockLab();
      const first = await lab.start([pool]);
      for (let count = 0; count < leased; count += 1) await first.broker.acquire(request());
      lab.kill();
      for (let port = 20_000; port < 20_008; port += 1) {
        lab.host.openSocket({ port, processId: 700 });
      }
      const life = await lab.start([pool]);
      const reservation = life.broker.blocks.served[0]?.reservation ?? assert.fail();
      let tries = 0;
      const tryOne = reservation[call].bind(reservation);
      reservation[call] = (port) => {
        tries += 1;
        lab.clock.advance(10);
        return tryOne(port);
      };
      lab.clock.advance(1_000);
      assert.equal(life.broker.advance(), 0, "there is more to do at once");
      assert.equal(tries, 2);
    });
  }

  it("ends with port_lost when a live stranger has it, also one that came during the restart", async () => {
    const lab = new BlockLab();
    const life = await restarted(lab, holder, () => {
      lab.host.startProcess({ processId: 700, processName: "orders", startTime: "fake:700" });
      lab.host.openSocket({ port: 20_000, processId: 900, processName: "nginx" });
    });
    await look(lab, life, 1_000);
    const ended = lab.events.find((event) => event.type === "lease_ended");
    assert.equal(ended?.ended.lease.leaseId, life.leaseId);
    assert.equal(ended.ended.reason, "port_lost");
  });

  it("goes on when a child of the holder has it", async () => {
    const lab = new BlockLab();
    const life = await restarted(lab, holder, () => {
      lab.host.startProcess({ processId: 700, processName: "orders", startTime: "fake:700" });
      lab.host.startProcess({ processId: 701, processName: "worker", startTime: "fake:701" }, 700);
      lab.host.openSocket({ port: 20_000, processId: 701 });
    });
    await look(lab, life, 1_000);
    assert.ok(life.broker.find(life.leaseId));
  });

  it("is covered again also when its lease ends first, and not granted before", async () => {
    const lab = new BlockLab();
    let close = (): void => undefined;
    const life = await restarted(lab, holder, () => {
      const socket = lab.host.openSocket({ port: 20_000, processId: 700 });
      close = () => socket.close();
    });
    const block = life.broker.blocks.served[0] ?? assert.fail();
    const { holderKey } = life.broker.find(life.leaseId);
    await life.broker.release(life.leaseId, holderKey, false);
    close();
    await look(lab, life, 5_000);
    assert.equal(block.stateOf(20_000), "unavailable");
    await look(lab, life, 1_000);
    assert.deepEqual(block.reservation.uncoveredPorts(), []);
    assert.equal(block.stateOf(20_000), "free");
  });

  it("ends when the process of its holder has ended, and stays out of use while one that it started has the port", async () => {
    const lab = new BlockLab();
    let close = (): void => undefined;
    const life = await restarted(lab, holder, () => {
      lab.host.startProcess({ processId: 701, processName: "worker", startTime: "fake:701" });
      const socket = lab.host.openSocket({ port: 20_000, processId: 701 });
      close = () => socket.close();
    });
    await look(lab, life, 1_000);
    const ended = lab.events.find((event) => event.type === "lease_ended");
    assert.equal(ended?.ended.reason, "holder_exited");
    const [block] = life.broker.blocks.served;
    await look(lab, life, 60_000);
    assert.equal(block?.stateOf(20_000), "unavailable");
    close();
    await look(lab, life, 60_000);
    assert.equal(block?.stateOf(20_000), "free");
  });

  const doubts: readonly (readonly [string, HolderProcess | null])[] = [
    ["a holder that named no process", null],
    ["a holder whose process was not proven", { ...holder, proven: false }],
  ];
  for (const [who, process] of doubts) {
    it(`goes on unprotected with a warning for ${who}`, async () => {
      const lab = new BlockLab();
      const life = await restarted(lab, process, () =>
        lab.host.openSocket({ port: 20_000, processId: 900 }),
      );
      for (let count = 0; count < 3; count += 1) await look(lab, life, 4_000);
      assert.ok(life.broker.find(life.leaseId));
      const told = lab.events.filter(({ type }) => type === "lease_unprotected");
      assert.equal(told.length, 1, "once, not at every look");
    });
  }
});

describe("StrangerSearch", () => {
  const lab = new BlockLab();
  lab.host.openSocket({ port: 20_000, processId: 900, processName: "nginx" });
  lab.host.startProcess({ processId: 700, processName: "orders", startTime: "fake:700" });
  const bare = {
    findHolders: lab.host.findHolders.bind(lab.host),
    observeSockets: lab.host.observeSockets.bind(lab.host),
    identifyProcess: lab.host.identifyProcess.bind(lab.host),
    isDescendant: lab.host.isDescendant.bind(lab.host),
  };

  const ask = async (search: StrangerSearch, port: number) =>
    (await search.findStrangers([{ protocol: "tcp", port, holder }]))[0];

  it("reads the tables of the host once for many ports, and answers in their order", async () => {
    let looks = 0;
    const observeSockets: typeof bare.observeSockets = (protocol) => {
      looks += 1;
      return bare.observeSockets(protocol);
    };
    const questions = [20_003, 20_000, 20_001].map((port) => ({
      protocol: "tcp" as const,
      port,
      holder,
    }));
    const verdicts = await new StrangerSearch({ ...bare, observeSockets }).findStrangers(questions);
    assert.deepEqual(
      verdicts.map(({ state }) => state),
      ["none", "stranger", "none"],
    );
    assert.equal(looks, 1);
  });

  it("names the stranger when nothing is in doubt", async () => {
    const verdict = await ask(new StrangerSearch(bare), 20_000);
    assert.deepEqual(verdict, { state: "stranger", processId: 900, processName: "nginx" });
  });

  it("finds nobody on a port that nobody is bound to", async () => {
    const verdict = await ask(new StrangerSearch(bare), 20_001);
    assert.deepEqual(verdict, { state: "none" });
  });

  it("takes this process for the one that bound the port for its holder", async () => {
    const owner = { processId: process.pid, processName: "broker" };
    const findHolders = () => Promise.resolve(new Map([[20_000, [owner]]]));
    const search = new StrangerSearch({ ...bare, findHolders });
    assert.deepEqual(await ask(search, 20_000), { state: "none" });
  });

  const doubts: readonly (readonly [string, Partial<typeof bare>])[] = [
    ["the owners are not visible", { findHolders: () => Promise.resolve(new Map()) }],
    [
      "the table has an owner without a name",
      {
        observeSockets: async (protocol) =>
          (await bare.observeSockets(protocol)).flatMap((socket) => [
            { ...socket, processId: 900 },
            { ...socket, processId: null },
          ]),
      },
    ],
    [
      "an owner has ended",
      { identifyProcess: (id) => (id === 900 ? null : bare.identifyProcess(id)) },
    ],
    [
      "the holder has ended, and its id is another process's now",
      { identifyProcess: (processId) => ({ processId, processName: "", startTime: "fake:later" }) },
    ],
    ["the family of an owner is not known", { isDescendant: () => null }],
    ["the tables cannot be read", { observeSockets: () => Promise.reject(new Error("no /proc")) }],
  ];
  for (const [when, changed] of doubts) {
    it(`does not know when ${when}`, async () => {
      const search = new StrangerSearch({ ...bare, ...changed });
      assert.equal((await ask(search, 20_000))?.state, "unknown");
    });
  }
});
