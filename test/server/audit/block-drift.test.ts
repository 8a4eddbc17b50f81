// What blocks have lost: held sockets that are gone, and reservations that somebody removed.

import assert from "node:assert/strict";
import { windowsHost } from "../../support/block-lab.js";
import { toWireBlock } from "#server/grpc/wire-block.js";
import { Block_State } from "@portlease/proto/portlease/v1/pool.js";
import { AuditLab, firstPort } from "./audit-lab.js";

describe("A held socket that is gone", () => {
  let lab: AuditLab;

  beforeEach(async () => {
    lab = new AuditLab();
    await lab.start();
  });

  it("is held again at the next round, and told", async () => {
    lab.lab.host.loseHold("tcp", firstPort + 1);
    await lab.rounds(1);
    const [drift] = lab.events("block_drifted");
    assert.deepEqual(drift?.ports, [{ firstPort: firstPort + 1, lastPort: firstPort + 1 }]);
    assert.equal(drift.repaired, true);
    assert.deepEqual([lab.counters.drifted, lab.counters.repaired], [1, 1]);
    assert.throws(() => lab.bind(900, { port: firstPort + 1, sharesPort: false }), /refused/);
  });

  it("of a leased port that somebody took meanwhile leaves the lease unprotected until it is free", async () => {
    const lease = await lab.lease(lab.run(700));
    lab.lab.host.loseHold("tcp", firstPort);
    const socket = lab.bind(700, { sharesPort: false });
    await lab.rounds(1);
    assert.equal(lab.events("block_drifted")[0]?.repaired, false);
    await lab.rounds(1);
    assert.equal(lease.record.covered, false);
    socket.close();
    await lab.after(30_000);
    assert.equal(lease.record.covered, true);
  });

  it("of a leased port that a proven stranger took ends the lease with port_lost", async () => {
    await lab.lease(lab.run(700));
    lab.lab.host.loseHold("tcp", firstPort);
    lab.bind(900, { sharesPort: false });
    await lab.rounds(2);
    assert.deepEqual(lab.ends, ["port_lost"]);
  });

  it("is found wherever it is, though each round looks at a part of the ports only", async () => {
    const large = new AuditLab();
    await large.start([{ size: 1_200 }]);
    large.lab.host.loseHold("tcp", firstPort + 1_199);
    await large.rounds(2);
    assert.equal(large.counters.drifted, 0);
    await large.rounds(1);
    assert.equal(large.counters.drifted, 1);
  });
});

describe("A reservation that somebody removed", () => {
  it("is an alarm once, shown with the block, and taken back when it is there again", async () => {
    const lab = new AuditLab(windowsHost);
    await lab.start();
    const { firstPort: start, portCount } = lab.block.reservation;
    const query = { kind: "persistent", protocol: "tcp", firstPort: start, portCount } as const;
    lab.lab.host.stealReservation(query);
    await lab.rounds(2);
    const [drift, ...more] = lab.events("block_drifted");
    assert.deepEqual(drift?.ports, [lab.block.record.ports]);
    assert.deepEqual([drift.repaired, more.length], [false, 0]);
    const shown = toWireBlock(lab.block, lab.life.broker.driftOf(lab.block));
    assert.equal(shown.state, Block_State.STATE_UNAVAILABLE);
    assert.match(shown.detail, /20000-\d+: the reservation is not there any more/);
    const report = await lab.life.broker.audit();
    assert.match(report.findings(null)[0]?.message ?? "", /the reservation is not there any more/);
    lab.lab.host.plantReservation(query);
    await lab.rounds(1);
    assert.equal(lab.events("block_drifted").at(-1)?.repaired, true);
    assert.equal(lab.life.broker.driftOf(lab.block), null);
  });

  it("is no alarm when it cannot be told whether it is there", async () => {
    const lab = new AuditLab(windowsHost);
    await lab.start();
    lab.lab.host.hasReservation = () => Promise.resolve(null);
    await lab.rounds(3);
    lab.lab.host.hasReservation = () => Promise.reject(new Error("no rights"));
    await lab.rounds(3);
    assert.deepEqual(lab.events("block_drifted"), []);
  });
});
