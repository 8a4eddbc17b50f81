// Which leases the broker itself renews, and for how long: on a clock that moves when told to.

import assert from "node:assert/strict";
import type { ProcessIdentity } from "@portlease/native";
import type { ActiveLease } from "#server/domain/lease-table.js";
import type { Holder } from "#server/domain/records.js";
import { KeptLeases, portserverLabel } from "#server/portserver/kept-leases.js";
import { FakeClock } from "../../support/fake-clock.js";

const ttlMs = 30_000;

describe("KeptLeases", () => {
  let clock: FakeClock;
  let live: Set<string>;
  let running: Map<number, string>;
  let renewed: string[];

  beforeEach(() => {
    clock = new FakeClock();
    live = new Set();
    running = new Map();
    renewed = [];
  });

  const broker = {
    findLive: (leaseId: string) => (live.has(leaseId) ? ({} as ActiveLease) : null),
    renew: (leaseId: string) => {
      renewed.push(leaseId);
      return Promise.reject(new Error("a failure is tried again"));
    },
  };
  const host = {
    identifyProcess: (processId: number): ProcessIdentity | null => {
      const startTime = running.get(processId);
      return startTime === undefined ? null : { processId, startTime, processName: "python" };
    },
  };
  const keeping = (leases: readonly ActiveLease[] = []) =>
    new KeptLeases(broker, host, clock, leases);

  function leaseOf(
    leaseId: string,
    holder: Partial<Holder> = {},
    pool = "portserver",
  ): ActiveLease {
    live.add(leaseId);
    running.set(7, "boot:7");
    const process = { processId: 7, startTime: "boot:7", proven: true };
    const labels = { [portserverLabel]: "@suite" };
    const record = {
      leaseId,
      pool,
      ttlMs,
      holder: { service: "", instance: "", labels, process, ...holder },
    };
    return { record, holderKey: "key" } as unknown as ActiveLease;
  }

  it("renews three times within the TTL while the process runs", () => {
    const kept = keeping();
    kept.add(leaseOf("a"));
    assert.equal(kept.advance(), ttlMs / 3);
    clock.advance(ttlMs / 3);
    kept.advance();
    clock.advance(ttlMs / 3);
    kept.advance();
    assert.deepEqual(renewed, ["a", "a"]);
  });

  it("lets the TTL decide once the process is not seen any more, or its id is another's", () => {
    const kept = keeping([leaseOf("a")]);
    running.set(7, "boot:8");
    kept.advance();
    running.delete(7);
    clock.advance(ttlMs / 3);
    kept.advance();
    assert.deepEqual(renewed, []);
  });

  it("goes on after a restart, at once, with the leases that are its own", () => {
    const stranger = leaseOf("b", { labels: {} });
    const unproven = leaseOf("c", { process: { processId: 7, startTime: null, proven: false } });
    const elsewhere = leaseOf("d", {}, "default");
    const kept = keeping([leaseOf("a"), stranger, unproven, elsewhere]);
    kept.advance();
    assert.deepEqual([renewed, kept.size], [["a"], 1]);
  });

  it("forgets leases that have ended", () => {
    const kept = keeping([leaseOf("a"), leaseOf("b")]);
    live.delete("a");
    kept.advance();
    assert.deepEqual([renewed, kept.size], [["b"], 1]);
    live.delete("b");
    clock.advance(ttlMs);
    assert.equal(kept.advance(), null, "there is nothing to do");
  });

  it("leaves others their turn between many", () => {
    const kept = keeping(Array.from({ length: 120 }, (_, index) => leaseOf(`lease-${index}`)));
    assert.equal(kept.advance(), 0);
    assert.equal(kept.advance(), 0);
    assert.equal(kept.advance(), ttlMs / 3);
    assert.equal(new Set(renewed).size, 120);
  });
});
