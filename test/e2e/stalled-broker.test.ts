// A broker whose process is stopped for longer than the TTL of its leases, as by a debugger, a full host or a suspend.
// Runs alone: its leases last a second on real clocks, and a machine that is late looks like a broker that was stopped.

import assert from "node:assert/strict";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { eventually } from "../support/eventually.js";
import { fromMs, type LeaseCaller } from "../support/lease-caller.js";
import { itOnPosix } from "../support/platform-only.js";
import { failureOf } from "../support/rpc-failure.js";

const ttlMs = 1_000;

describe("a broker that was stopped for longer than the TTL (semantics 7)", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let caller: LeaseCaller;

  beforeEach(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ flags: ["--pool-ttl-min", "100ms"] });
    caller = lab.caller(broker);
  });

  afterEach(() => lab.close());

  // There are no stop signals on Windows.
  itOnPosix(
    "answers the renewals that waited for it, and ends only what is not renewed after that either",
    async () => {
      const ttl = fromMs(ttlMs);
      const kept = await caller.acquire({ ttl, holder: { service: "kept" } });
      const left = await caller.acquire({ ttl, holder: { service: "left" } });
      process.kill(broker.processId, "SIGSTOP");
      const stoppedAtMs = performance.now();
      const renewal = caller.renew({ leaseId: kept.leaseId, holderKey: kept.holderKey });
      await eventually("the TTL is over", () => performance.now() - stoppedAtMs > 2 * ttlMs);
      process.kill(broker.processId, "SIGCONT");
      assert.equal((await renewal).leaseId, kept.leaseId);
      assert.match(broker.stderr, /did not run/);
      await eventually("the lease that nobody renews expires", async () => {
        await caller.renew({ leaseId: kept.leaseId, holderKey: kept.holderKey });
        const failure = await failureOf(caller.get(left.leaseId)).catch(() => null);
        return failure?.reason === "LEASE_NOT_FOUND";
      });
    },
  );
});
