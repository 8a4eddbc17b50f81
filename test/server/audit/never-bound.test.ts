// bind_within: a lease that nobody binds in time is taken back, and only when it is sure that nobody did.

import assert from "node:assert/strict";
import type { PortJudgement } from "#server/domain/audit-boundaries.js";
import { emptyWorld } from "../../support/audit-world.js";
import { windowsHost } from "../../support/block-lab.js";
import { brokerFixture, request, settle } from "../../support/broker-fixture.js";
import { AuditLab, firstPort } from "./audit-lab.js";

const bindWithinMs = 2_000;

describe("A lease with bind_within", () => {
  let lab: AuditLab;

  beforeEach(async () => {
    lab = new AuditLab();
    await lab.start();
  });

  it("ends as never_bound when the time is over and nobody is bound, and no earlier", async () => {
    await lab.lease(lab.run(700), { bindWithinMs });
    await lab.after(bindWithinMs - 1);
    assert.deepEqual(lab.ends, []);
    await lab.after(1);
    assert.deepEqual(lab.ends, ["never_bound"]);
    assert.equal(lab.block.stateOf(firstPort), "quarantined");
    assert.equal(lab.counters.neverBound, 1);
  });

  it("goes on for good once its holder was seen bound, in a look of its own where no round came before", async () => {
    const lease = await lab.lease(lab.run(700), { bindWithinMs });
    const socket = lab.bind(700);
    await lab.after(bindWithinMs);
    assert.deepEqual([lease.record.binding, lease.record.everBound], ["bound", true]);
    socket.close();
    await lab.rounds(3);
    assert.deepEqual(lab.ends, []);
  });

  it("is not looked at again after a round saw its holder", async () => {
    await lab.lease(lab.run(700), { bindWithinMs: 8_000 });
    const socket = lab.bind(700);
    await lab.rounds(1);
    socket.close();
    let looks = 0;
    lab.lab.host.findHolders = () => {
      looks += 1;
      return Promise.resolve(new Map());
    };
    await lab.after(3_000);
    assert.deepEqual([lab.ends, looks], [[], 0]);
  });

  it("goes on while its holder is bound without listening, which no table shows", async () => {
    await lab.lease(null, { bindWithinMs });
    const socket = lab.bind(700, { state: "bound" });
    lab.lab.host.findHolders = () => Promise.resolve(new Map());
    await lab.after(bindWithinMs);
    await lab.after(5_000);
    assert.deepEqual(lab.ends, []);
    socket.close();
    await lab.after(5_000);
    assert.deepEqual(lab.ends, ["never_bound"]);
  });

  it("goes on while a stranger has the port: that the holder did nothing is not known then", async () => {
    await lab.lease(lab.run(700), { bindWithinMs });
    const socket = lab.bind(900);
    await lab.after(bindWithinMs);
    await lab.after(5_000);
    assert.deepEqual(lab.ends, []);
    socket.close();
    await lab.after(5_000);
    assert.deepEqual(lab.ends, ["never_bound"]);
  });

  it("counts anew from a restart of the broker", async () => {
    await lab.lease(null, { bindWithinMs });
    await lab.after(bindWithinMs - 1);
    await lab.restart();
    await lab.after(bindWithinMs - 1);
    assert.deepEqual(lab.ends, []);
    await lab.after(1);
    assert.deepEqual(lab.ends, ["never_bound"]);
  });

  it("that was bound before a restart is not waited for again", async () => {
    await lab.lease(null, { bindWithinMs });
    const socket = lab.bind(700);
    await lab.after(bindWithinMs);
    socket.close();
    await lab.restart();
    await lab.after(bindWithinMs);
    assert.deepEqual(lab.ends, []);
  });

  it("covers all ports of a run: one that is bound is enough", async () => {
    await lab.lease(null, { bindWithinMs, portCount: 2 });
    lab.bind(700, { port: firstPort + 1 });
    await lab.after(bindWithinMs);
    assert.deepEqual(lab.ends, []);
  });

  it("that goes on though its ports were reserved anew tells its holder, which has the former token", async () => {
    lab = new AuditLab(windowsHost);
    await lab.start([{ isolation: "per-lease" }]);
    const { leaseId } = (await lab.lease(null, { bindWithinMs, portCount: 2 })).record;
    const tokenOf = (port: number) => lab.block.reservation.reservationsOf(port)[0]?.token;
    const port = firstPort + 1;
    lab.bind(700, { port, state: "bound", token: tokenOf(port) ?? 0n, sharesPort: false });
    lab.lab.host.findHolders = () => Promise.resolve(new Map());
    const before = tokenOf(firstPort);
    await lab.after(bindWithinMs);
    assert.deepEqual(lab.ends, []);
    assert.notEqual(tokenOf(firstPort), before);
    const told = lab.events("lease_reservation_changed");
    assert.deepEqual(
      told.map((event) => [event.leaseId, event.port]),
      [[leaseId, firstPort]],
    );
  });

  it("that goes on still has all its ports to bind plainly, where the block lets them go", async () => {
    lab = new AuditLab();
    await lab.start([{ bind: "plain" }]);
    await lab.lease(null, { bindWithinMs, portCount: 2 });
    lab.bind(700, { port: firstPort + 1, state: "bound", sharesPort: false });
    lab.lab.host.findHolders = () => Promise.resolve(new Map());
    await lab.after(bindWithinMs);
    assert.deepEqual(lab.ends, []);
    lab.bind(700, { port: firstPort, sharesPort: false });
    assert.deepEqual(lab.block.reservation.uncoveredPorts(), [], "none counts as unprotected");
  });

  it("goes on while nobody can be asked", async () => {
    const doubt: PortJudgement = {
      binding: "unknown",
      contested: false,
      processId: 0,
      processName: "",
      detail: "no tables",
    };
    const witness = {
      ...emptyWorld.witness,
      judge: (questions: readonly unknown[]) => Promise.resolve(questions.map(() => doubt)),
    };
    const { broker, clock, events } = await brokerFixture({ audit: { ...emptyWorld, witness } });
    await broker.acquire(request({ bindWithinMs }));
    for (let second = 0; second < 12; second += 1) {
      clock.advance(1_000);
      broker.advance();
      await settle();
    }
    assert.ok(events.every(({ type }) => type !== "lease_ended"));
  });
});
