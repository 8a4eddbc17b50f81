import assert from "node:assert/strict";
import { AutoKind } from "#server/blocks/auto-kind.js";
import { BlockMaker } from "#server/blocks/block-maker.js";
import { OpenReservations } from "#server/blocks/open-reservations.js";
import { type KnownState, openPools, type PoolOpener } from "#server/blocks/open-pools.js";
import { leastRecentlyUsed } from "#server/domain/least-recently-used.js";
import { unobserved } from "#server/domain/observation.js";
import type { BlockReserver } from "#server/domain/boundaries.js";
import type { BlockRecord, LeaseRecord } from "#server/domain/records.js";
import { StartError } from "#server/start-error.js";
import { labPool } from "../../support/block-lab.js";
import { FakeClock } from "../../support/fake-clock.js";
import { FakeReservation } from "../../support/fake-reservation.js";
import { silentLog } from "../../support/silent-log.js";

type ReserveRequest = Parameters<BlockReserver["reserveBlock"]>[0];

const config = labPool;
const anyPort = { portCount: 1, claimant: { service: "orders", instance: "" } };

const stored: BlockRecord = {
  blockId: "default-tcp-20000",
  pool: "default",
  protocol: "tcp",
  kind: "held",
  ports: { firstPort: 20_000, lastPort: 20_007 },
  isolation: "shared",
  stage: "created",
  draining: false,
  origin: "configured",
};

const lease: LeaseRecord = {
  leaseId: "1-a",
  pool: "default",
  protocol: "tcp",
  blockId: "default-tcp-20000",
  ports: { firstPort: 20_002, lastPort: 20_003 },
  generation: 1,
  revision: 1,
  ttlMs: 30_000,
  holder: { service: "orders", instance: "", labels: {}, process: null },
  createdWallMs: 0,
  request: null,
  bindWithinMs: null,
  ...unobserved,
  remainingMs: null,
};

function state(fields: Partial<KnownState> = {}): KnownState {
  const brokerSecret = new Uint8Array(32);
  return {
    revision: 1,
    brokerSecret,
    leases: [],
    ended: [],
    blocks: [],
    adjustments: [],
    past: "known",
    recentEnds: [],
    ...fields,
  };
}

interface World extends PoolOpener {
  readonly asked: ReserveRequest[];
  readonly reserved: FakeReservation[];
  /** What was written down, in order: a record, or the id of a dropped one. */
  readonly written: (BlockRecord | string)[];
}

function opener(failure: Error | null = null): World {
  const asked: ReserveRequest[] = [];
  const reserved: FakeReservation[] = [];
  const written: (BlockRecord | string)[] = [];
  const reserver: BlockReserver = {
    reserveBlock: (request) => {
      asked.push(request);
      if (failure !== null) return Promise.reject(failure);
      const reservation = new FakeReservation(request.firstPort ?? 20_000, request.portCount);
      reserved.push(reservation);
      return Promise.resolve(reservation);
    },
  };
  const clock = new FakeClock();
  const log = silentLog;
  const kinds = ["held"] as const;
  const autoKind = new AutoKind({ autoKind: "held", autoKindReason: "", kinds }, log);
  const events = { publish: () => undefined };
  const open = new OpenReservations();
  const lasting = { has: () => Promise.resolve(false), remove: () => Promise.resolve(0) };
  return {
    asked,
    reserved,
    written,
    autoKind,
    clock,
    log,
    maker: new BlockMaker({ reserver, lasting, autoKind, open, clock, events, log }),
    lasting,
    ledger: {
      record: async (block) => void written.push(block),
      forget: async (blockId) => void written.push(blockId),
      forgetOnceWritable: () => undefined,
    },
  };
}

describe("openPools()", () => {
  it("reserves a new block where the host has none, and has it written down", async () => {
    const world = opener();
    const { pools } = await openPools(world, [config], state());
    const [{ intend: _intend, leftBehind: _leftBehind, ...asked } = assert.fail()] = world.asked;
    assert.deepEqual(asked, {
      kind: "held",
      protocol: "tcp",
      firstPort: null,
      pick: "auto",
      portCount: 8,
      isolation: "shared",
      leasedPorts: null,
      lendsPorts: false,
    });
    assert.deepEqual(world.written, [stored]);
    assert.equal(pools[0]?.usage().free, 8);
  });

  it("asks for the configured first port", async () => {
    const world = opener();
    await openPools(world, [{ ...config, start: 31_000 }], state());
    assert.equal(world.asked[0]?.firstPort, 31_000);
  });

  it("lets the kernel pick where the configuration says any (semantics 15)", async () => {
    const world = opener();
    await openPools(world, [{ ...config, start: "any" }], state());
    assert.deepEqual([world.asked[0]?.firstPort, world.asked[0]?.pick], [null, "any"]);
  });

  it("replaces a block whose isolation is not the configured one", async () => {
    const world = opener();
    const known = state({ blocks: [stored] });
    await openPools(world, [{ ...config, isolation: "per-lease" }], known);
    assert.equal(world.written[0], stored.blockId);
    assert.equal(world.asked[0]?.isolation, "per-lease");
  });

  it("brings a block back where it was, around its leases", async () => {
    const world = opener();
    const known = state({ blocks: [stored], leases: [lease] });
    const { pools } = await openPools(world, [config], known);
    assert.equal(world.asked.length, 1);
    assert.equal(world.asked[0]?.firstPort, 20_000);
    assert.deepEqual([...(world.asked[0]?.leasedPorts ?? [])], [20_002, 20_003]);
    assert.deepEqual(world.written, []);
    assert.equal(pools[0]?.usage().leased, 2);
  });

  it("drains a block that the configuration no longer wants, and reserves the wanted one", async () => {
    const known = state({ blocks: [stored], leases: [lease] });
    const wanted = { ...config, start: 31_000 };
    const world = opener();
    const { pools } = await openPools(world, [wanted], known);
    assert.deepEqual(
      world.written.map((block) => typeof block === "string" || [block.blockId, block.draining]),
      [
        ["default-tcp-20000", true],
        ["default-tcp-31000", false],
      ],
    );
    assert.equal(pools[0]?.take(anyPort, leastRecentlyUsed, 0).ports.firstPort, 31_000);
  });

  it("drops a block that nobody wants and nobody has a lease in, so that its ports can be had again", async () => {
    const world = opener();
    const wanted = { ...config, start: 20_000, size: 16 };
    await openPools(world, [wanted], state({ blocks: [stored] }));
    const [dropped, made] = world.written;
    assert.equal(dropped, "default-tcp-20000");
    assert.equal(world.asked.length, 1);
    assert.ok(typeof made === "object");
    assert.deepEqual(made.ports, { firstPort: 20_000, lastPort: 20_015 });
  });

  it("says what to do when the wanted ports overlap a former block that still has leases", async () => {
    const wanted = { ...config, start: 20_004 };
    const known = state({ blocks: [stored], leases: [lease] });
    const world = opener();
    await assert.rejects(
      openPools(world, [wanted], known),
      /still has 2 leased ports; keep the former start/,
    );
    assert.equal(
      world.reserved.length,
      1,
      "what was reserved is known to the caller, who gives it back",
    );
  });

  it("lets ports go on resting that were given back just before the restart (promise 5)", async () => {
    const world = opener();
    const nowWallMs = world.clock.wallMs();
    const end = (port: number, agoMs: number) => ({
      lease: { ...lease, ports: { firstPort: port, lastPort: port } },
      reason: "released" as const,
      endedWallMs: nowWallMs - agoMs,
    });
    const recentEnds = [
      end(20_000, 4_000),
      end(20_001, 6_000),
      end(20_004, -60_000),
      end(20_002, 0),
    ];
    const known = state({ blocks: [stored], leases: [lease], recentEnds });
    const { pools } = await openPools(world, [config], known);
    const [block] = pools[0]?.blocks ?? [];
    assert.equal(block?.stateOf(20_000), "quarantined");
    assert.equal(block?.stateOf(20_001), "free");
    assert.equal(block?.stateOf(20_004), "quarantined", "a clock that was set back");
    assert.equal(block?.stateOf(20_002), "leased", "leased again since");
    assert.equal(block?.nextQuarantineEndMs, world.clock.monotonicMs() + 1_000);
  });

  it("lets a port rest as long as its newest end says, whatever its older ones do (promise 5)", async () => {
    const world = opener();
    const nowWallMs = world.clock.wallMs();
    const end = (agoMs: number) => ({
      lease: { ...lease, ports: { firstPort: 20_000, lastPort: 20_000 } },
      reason: "released" as const,
      endedWallMs: nowWallMs - agoMs,
    });
    const recentEnds = [end(4_900), end(1_000)];
    const { pools } = await openPools(world, [config], state({ blocks: [stored], recentEnds }));
    const [block] = pools[0]?.blocks ?? [];
    assert.equal(block?.nextQuarantineEndMs, world.clock.monotonicMs() + 4_000);
  });

  it("keeps the leases of a pool that is gone from the configuration", async () => {
    const old = { ...stored, pool: "old", blockId: "old-tcp-20000" };
    const known = state({
      blocks: [old],
      leases: [{ ...lease, pool: "old", blockId: old.blockId }],
    });
    const { pools } = await openPools(opener(), [{ ...config, start: 31_000 }], known);
    const retired = pools.find(({ policy }) => policy.name === "old");
    assert.equal(retired?.usage().leased, 2);
    assert.throws(() => retired?.take(anyPort, leastRecentlyUsed, 0));
  });

  it("rests every port when leases may exist that the store does not know (semantics 4)", async () => {
    const known = state({ blocks: [stored], leases: [lease], past: "unknown" });
    const { pools } = await openPools(opener(), [config], known);
    const usage = pools[0]?.usage();
    assert.equal(usage?.free, 0);
    assert.equal(usage?.leased, 2);
    assert.equal(usage?.quarantined, 6);
  });

  it("rests them only for what is left of that time after a restart, and longer by a clock set back", async () => {
    const restAfter = async (unknownForMs: number) => {
      const world = opener();
      const unknownSinceWallMs = world.clock.wallMs() - unknownForMs;
      const past = { past: "unknown", unknownSinceWallMs } as const;
      const known = state({ blocks: [stored], leases: [lease], ...past });
      const { pools } = await openPools(world, [config], known);
      const endMs = pools[0]?.blocks[0]?.nextQuarantineEndMs ?? null;
      return endMs === null ? null : endMs - world.clock.monotonicMs();
    };
    assert.equal(await restAfter(config.ttlMaxMs - 1_000), 1_000);
    assert.equal(await restAfter(-5_000), config.ttlMaxMs);
    assert.equal(await restAfter(config.ttlMaxMs), null);
  });

  it("says why a block cannot be reserved", async () => {
    const attempt = openPools(
      opener(new Error("port 20003 is taken by nginx (812)")),
      [config],
      state(),
    );
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof StartError);
      assert.equal(error.code, "CANNOT_RESERVE");
      assert.match(error.message, /taken by nginx/);
      return true;
    });
  });
});
