// portlease doctor as a Windows program in the lab: its verdict for machines that behave in one way or another, and that it
// leaves nothing reserved behind. What the lab answers is a reading of documents, no evidence about Windows.

import assert from "node:assert/strict";
import { PortPool } from "./support/port-pool.js";
import { doctorMsMax, runWineDoctor } from "./support/wine-doctor.js";
import { describeInWine } from "./support/wine-lab.js";

describeInWine("portlease doctor in the Wine lab", () => {
  let pool: PortPool;

  beforeEach(async () => {
    pool = await PortPool.open();
  });
  afterEach(() => pool.close());

  it("finds that PERSISTENT does not work without elevation, and judges RUNTIME by itself", async () => {
    const { exit, report, resultOf } = await runWineDoctor(pool, [], {
      PORTPOOL_NOT_ELEVATED: "1",
    });
    assert.equal(report.verdict.kind, "runtime");
    assert.equal(exit.exitCode, 0);
    assert.equal(resultOf("rights.elevated"), "no");
    assert.equal(resultOf("rights.lookup"), "yes");
    assert.equal(resultOf("persistent.tcp"), "skipped");
    assert.equal(resultOf("handoff.first-process-ends"), "yes");
    assert.deepEqual((await pool.state()).reservations, []);
  }).timeout(doctorMsMax);

  it("says what it could not undo, and exits with 1 for it", async () => {
    // The round trip deletes the first one by itself; the next deletions are those of the clean-up.
    await pool.fail({ api: "DeletePersistentTcpPortReservation", error: 5, times: 1, skip: 3 });
    const { exit, report } = await runWineDoctor(pool, ["--kind", "persistent"]);
    assert.equal(exit.exitCode, 1);
    assert.equal(report.leftovers.length, 1);
    assert.match(
      report.leftovers[0] ?? "",
      /^the tcp reservation \d+, \d+ ports: .*ERROR_ACCESS_DENIED 5/,
    );
    const [left, ...more] = await pool.reservations("persistent");
    assert.deepEqual(more, []);
    assert.ok(report.leftovers[0]?.includes(` ${left?.firstPort},`));
  }).timeout(doctorMsMax);
});
