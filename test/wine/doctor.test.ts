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

  it("finds that PERSISTENT works for an administrator, and leaves nothing reserved", async () => {
    const { exit, report, resultOf } = await runWineDoctor(pool);
    assert.equal(report.verdict.kind, "persistent");
    assert.deepEqual(report.verdict.missing, []);
    assert.equal(exit.exitCode, 0);
    assert.equal(report.elevated, true);
    for (const id of ["persistent.tcp", "binding.plain-refused", "handoff.tcp", "node.adopt-tcp"]) {
      assert.equal(resultOf(id), "yes", id);
    }
    assert.deepEqual((await pool.state()).reservations, []);
  }).timeout(doctorMsMax);
});
