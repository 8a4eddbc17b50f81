// What is told to be wrong with a broker: each with its severity, its numbers and what mends it, the worst first.

import assert from "node:assert/strict";
import { hostIdTaken, unreachable } from "#server/fleet/fleet-problem.js";
import { findProblems } from "#server/live/find-problems.js";
import { ProblemList, problemsMax } from "#server/live/problem.js";
import { emptyWorld } from "../../support/audit-world.js";
import { brokerFixture, type BrokerFixture, request } from "../../support/broker-fixture.js";

describe("The problems of a broker", () => {
  const found = ({ broker }: BrokerFixture): readonly string[] =>
    findProblems(broker).map(({ severity, reason }) => `${severity} ${reason}`);
  const only = ({ broker }: BrokerFixture) => {
    const [problem, ...more] = findProblems(broker);
    assert.deepEqual(more, []);
    assert.ok(problem !== undefined, "there is one");
    return problem;
  };

  it("are none when all is well", async () => {
    const fixture = await brokerFixture();
    await fixture.broker.acquire(request());
    assert.deepEqual(found(fixture), []);
  });

  it("are what keeps the fleet from hearing of it, too", async () => {
    const { broker } = await brokerFixture();
    const failure = { why: "etcd did not answer", code: null, sinceWallMs: 0 };
    for (const [problem, expected] of [
      [unreachable(failure, 1_000), "info FLEET_UNREACHABLE"],
      [unreachable(failure, 60_000), "warning FLEET_UNREACHABLE"],
      [hostIdTaken("web-1", "broker b2"), "warning FLEET_HOST_ID_TAKEN"],
    ] as const) {
      const [told] = findProblems(broker, null, problem);
      assert.equal(`${told?.severity} ${told?.reason}`, expected);
      assert.notEqual(told?.remedy, "");
    }
  });

  it("tell a pool that is nearly full, and one that is full, with who waits", async () => {
    const fixture = await brokerFixture({ policy: { size: 10, portCountMax: 10, sizeMax: 10 } });
    const { broker } = fixture;
    await broker.acquire(request({ portCount: 8 }));
    assert.deepEqual(found(fixture), [], "two of ten are left");
    await broker.acquire(request());
    const nearly = only(fixture);
    assert.equal(`${nearly.severity} ${nearly.reason}`, "warning POOL_NEARLY_FULL");
    assert.equal(
      nearly.message,
      'pool "default" has 1 of 10 ports left: 9 of 10 leased, 0 resting, 0 out of use',
    );
    assert.equal(nearly.remedy, "portlease blocks add --size 8 --pool default");
    await broker.acquire(request());
    const abort = new AbortController();
    const waiting = broker.acquire(request({ maxWaitMs: 1_000 }), abort.signal);
    const full = only(fixture);
    assert.equal(`${full.severity} ${full.reason}`, "critical POOL_FULL");
    assert.match(full.message, /10 of 10 leased.*; 1 request waits in line/);
    assert.equal(full.pool, "default");
    abort.abort();
    await assert.rejects(waiting);
  });

  it("tell what an operator set and does not fit the configuration any more", async () => {
    const fixture = await brokerFixture();
    const { policies, steering, pools } = fixture.broker;
    const { policy: unset } = policies.adjustmentOf("default");
    await steering.update("", { values: { ...unset, ttlMaxMs: 40_000 }, reset: false });
    assert.deepEqual(found(fixture), []);
    const configured = pools[0]?.configured;
    assert.ok(configured !== undefined);
    policies.change({ ...configured, ttlDefaultMs: 50_000 });
    const unfit = only(fixture);
    assert.equal(`${unfit.severity} ${unfit.reason}`, "warning ADJUSTMENT_UNFIT");
    assert.match(unfit.message, /does not count: .* 40 s, which do not rise/);
  });

  it("do not tell a pool nearly full that may grow, or that is no longer configured", async () => {
    const policy = { size: 10, portCountMax: 10 };
    const growing = await brokerFixture({ policy: { ...policy, sizeMax: 20 } });
    await growing.broker.acquire(request({ portCount: 9 }));
    assert.deepEqual(found(growing), []);
    const retired = await brokerFixture({ policy: { ...policy, retired: true } });
    retired.block.claim({ firstPort: 20_000, lastPort: 20_009 });
    assert.deepEqual(found(retired), []);
  });

  it("count neither pinned ports nor those of a block that is drained as left", async () => {
    const pins = [{ port: 20_007, service: "billing", instance: "" }];
    const pinned = await brokerFixture({ policy: { pins, portCountMax: 8 } });
    await pinned.broker.acquire(request({ portCount: 7 }));
    assert.deepEqual(found(pinned), ["critical POOL_FULL"]);
    const drained = await brokerFixture();
    await drained.broker.blocks.setDraining(drained.block, true);
    assert.deepEqual(found(drained), ["critical POOL_FULL", "info BLOCK_DRAINING"]);
    for (const { remedy } of findProblems(drained.broker)) {
      assert.equal(remedy, "portlease blocks drain --undo default-tcp-20000");
    }
  });

  it("tell that more than three tenths of a pool rest", async () => {
    const fixture = await brokerFixture({ policy: { size: 10, portCountMax: 4 } });
    const { broker } = fixture;
    const { lease } = await broker.acquire(request({ portCount: 3 }));
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    assert.deepEqual(found(fixture), []);
    const { lease: another } = await broker.acquire(request());
    await broker.release(another.record.leaseId, another.holderKey, false);
    const problem = only(fixture);
    assert.equal(problem.reason, "QUARANTINE_HIGH");
    assert.match(problem.message, /^4 of the 10 ports/);
  });

  it("tell ports that strangers have, and ports that are not covered", async () => {
    const fixture = await brokerFixture();
    const { broker, reservation } = fixture;
    for (const binding of ["stranger", "orphaned", "bound"] as const) {
      const { lease } = await broker.acquire(request());
      lease.record = { ...lease.record, binding };
    }
    reservation.inUse.add(20_002);
    const problems = findProblems(broker);
    assert.deepEqual(
      problems.map(({ severity, reason, port }) => [severity, reason, port]),
      [
        ["critical", "PORT_TAKEN_BY_STRANGER", 20_000],
        ["warning", "PORT_TAKEN_BY_STRANGER", 20_001],
        ["warning", "LEASE_UNPROTECTED", 20_002],
      ],
    );
    assert.ok(problems.every(({ port, remedy }) => remedy === `portlease explain ${port}`));
    assert.ok(problems.every(({ leaseId, pool }) => leaseId !== "" && pool === "default"));
  });

  it("tell ports that are out of use", async () => {
    const fixture = await brokerFixture();
    fixture.reservation.inUse.add(20_000);
    await fixture.broker.acquire(request());
    const problem = only(fixture);
    assert.equal(`${problem.severity} ${problem.reason}`, "warning PORTS_UNAVAILABLE");
    assert.match(problem.message, /^1 of the 8 ports .* 20000 the first/);
    assert.equal(problem.remedy, "portlease explain 20000");
  });

  it("tell ambiguous blocks", async () => {
    const fixture = await brokerFixture();
    const ports = { firstPort: 30_000, lastPort: 30_003 };
    fixture.broker.blocks.addAmbiguous({ ...fixture.block.record, blockId: "other", ports });
    const problem = only(fixture);
    assert.equal(`${problem.severity} ${problem.reason}`, "warning BLOCK_AMBIGUOUS");
    assert.match(
      problem.remedy,
      /own: portlease blocks adopt other; .*: portlease blocks forget other; .*: portlease blocks delete other$/,
    );
  });

  it("tell a store that cannot write, the broker's end, and an audit that sees nothing", async () => {
    const witness = { ...emptyWorld.witness, look: () => Promise.reject(new Error("denied")) };
    const fixture = await brokerFixture({ audit: { ...emptyWorld, witness } });
    const { broker, store } = fixture;
    await assert.rejects(broker.audit());
    assert.deepEqual(found(fixture), ["warning AUDIT_BLIND"]);
    store.failure = "before";
    await assert.rejects(broker.acquire(request()));
    assert.equal(found(fixture)[0], "critical READ_ONLY");
    broker.stopGranting();
    assert.deepEqual(found(fixture).slice(0, 2), ["critical READ_ONLY", "warning STOPPING"]);
  });
});

describe("A list of problems", () => {
  it("has the worst first, and counts in the last one what it has no room for", () => {
    const problems = new ProblemList();
    const add = (severity: "critical" | "info" | "warning", count: number): void => {
      for (let index = 0; index < count; index += 1) {
        problems.add(severity, () => ({ reason: severity.toUpperCase(), message: String(index) }));
      }
    };
    add("info", 300);
    add("critical", 2);
    add("warning", 200);
    const worst = problems.worst();
    assert.equal(worst.length, problemsMax);
    assert.deepEqual(
      worst.slice(0, 3).map(({ reason, message }) => `${reason} ${message}`),
      ["CRITICAL 0", "CRITICAL 1", "WARNING 0"],
    );
    const last = worst.at(-1);
    assert.equal(last?.reason, "MORE_PROBLEMS");
    assert.equal(last.severity, "warning");
    assert.match(last.message, /103 warning, 300 info$/);
  });

  it("has as many as there is room for without a word more", () => {
    const problems = new ProblemList();
    for (let index = 0; index < problemsMax; index += 1) {
      problems.add("info", () => ({ reason: "ONE", message: "" }));
    }
    assert.ok(problems.worst().every(({ reason }) => reason === "ONE"));
    assert.equal(problems.worst().length, problemsMax);
  });
});
