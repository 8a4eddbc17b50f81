// Taking runs of ports, with imaginary holds that count what was given back.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import type { ClaimedPort, PortHolds } from "#native/posix/claim-port.js";
import { claimFreeRun, claimNewRun, claimRunAgain } from "#native/posix/claim-run.js";

const reason = "somebody is there";

/** Descriptor numbers are port numbers. */
class CountedHolds implements PortHolds {
  readonly open = new Set<number>();
  readonly tried: number[] = [];
  readonly taken: ReadonlySet<number>;
  readonly failing: number | null;

  constructor(taken: readonly number[], failing: number | null = null) {
    this.taken = new Set(taken);
    this.failing = failing;
  }

  /** A taken port is covered beside its holder, as HELD does where it can. */
  claim(port: number): ClaimedPort {
    this.#take(port);
    if (!this.taken.has(port)) return { descriptor: port, check: { state: "free" } };
    return { descriptor: port, check: { state: "in-use", reason, holders: [] } };
  }

  claimUntouched(port: number): number | null {
    if (this.taken.has(port)) {
      this.tried.push(port);
      return null;
    }
    this.#take(port);
    return port;
  }

  isHeld(descriptor: number, port: number): boolean {
    return this.open.has(descriptor) && descriptor === port;
  }

  cover(port: number): number | null {
    this.#take(port);
    return port;
  }

  close(descriptor: number): void {
    assert.ok(this.open.delete(descriptor), `${descriptor} closed twice`);
  }

  #take(port: number): void {
    this.tried.push(port);
    if (port === this.failing) throw new NativeError("ACCESS_DENIED", "may not");
    assert.ok(!this.open.has(port), `${port} opened twice`);
    this.open.add(port);
  }
}

const ports = (firstPort: number, count: number): number[] =>
  Array.from({ length: count }, (_, offset) => firstPort + offset);

describe("claimNewRun()", () => {
  it("takes every port", async () => {
    const holds = new CountedHolds([]);
    const claimed = await claimNewRun(holds, { firstPort: 100, portCount: 1_000 });
    assert.ok("run" in claimed);
    assert.deepEqual(claimed.descriptors, ports(100, 1_000));
  });

  it("names the first taken port and gives everything back, also what covered that port", async () => {
    const holds = new CountedHolds([900, 950]);
    const claimed = await claimNewRun(holds, { firstPort: 100, portCount: 1_000 });
    assert.deepEqual(claimed, { port: 900, reason });
    assert.equal(holds.open.size, 0);
    assert.equal(holds.tried.at(-1), 900);
  });

  it("gives everything back when the system fails", async () => {
    const holds = new CountedHolds([], 600);
    await assert.rejects(claimNewRun(holds, { firstPort: 100, portCount: 1_000 }), NativeError);
    assert.equal(holds.open.size, 0);
  });
});

describe("claimRunAgain()", () => {
  it("covers leased ports at once and leaves other taken ports alone", async () => {
    const holds = new CountedHolds([101, 102]);
    const run = { firstPort: 100, portCount: 4 };
    const { descriptors } = await claimRunAgain(holds, run, new Set([101]), false);
    assert.deepEqual(descriptors, [100, 101, null, 103]);
    assert.deepEqual([...holds.open], [100, 101, 103]);
  });

  it("leaves lent ports to their lessees", async () => {
    const holds = new CountedHolds([102]);
    const run = { firstPort: 100, portCount: 4 };
    const { descriptors } = await claimRunAgain(holds, run, new Set([101]), true);
    assert.deepEqual(descriptors, [100, null, null, 103]);
    assert.ok(!holds.tried.includes(101), "not even for a moment");
  });

  it("gives everything back when the system fails", async () => {
    const holds = new CountedHolds([101], 103);
    const run = { firstPort: 100, portCount: 4 };
    await assert.rejects(claimRunAgain(holds, run, new Set(), false), NativeError);
    assert.equal(holds.open.size, 0);
  });
});

describe("claimFreeRun()", () => {
  const places = [
    { firstPort: 100, portCount: 50 },
    { firstPort: 500, portCount: 2_000 },
  ];

  it("takes the first run that is long enough, and each port is tried once", async () => {
    const holds = new CountedHolds([120, 145, 700]);
    const found = await claimFreeRun(holds, places, 24);
    assert.deepEqual(found?.run, { firstPort: 121, portCount: 24 });
    assert.deepEqual([...holds.open], ports(121, 24));
    assert.deepEqual(holds.tried, ports(100, 45));
  });

  it("goes on to the next place without trying ends that are too short", async () => {
    const holds = new CountedHolds([110, 130, 1_200]);
    const found = await claimFreeRun(holds, places, 1_000);
    assert.deepEqual(found?.run, { firstPort: 1_201, portCount: 1_000 });
    assert.equal(holds.open.size, 1_000);
    assert.ok(!holds.tried.includes(100));
  });

  it("passes over ports that this user may not bind", async () => {
    const holds = new CountedHolds([], 105);
    const found = await claimFreeRun(holds, places, 10);
    assert.deepEqual(found?.run, { firstPort: 106, portCount: 10 });
    assert.equal(holds.open.size, 10);
  });

  it("finds nothing where nothing is, and keeps nothing", async () => {
    const holds = new CountedHolds([125]);
    assert.equal(await claimFreeRun(holds, places.slice(0, 1), 30), null);
    assert.equal(holds.open.size, 0);
  });
});
