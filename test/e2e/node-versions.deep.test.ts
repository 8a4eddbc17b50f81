// The other Node versions that are supported: the quick tests pass under each, and data moves between them, though each has
// another SQLite. The quick tests that run alone: node-versions-alone.deep.test.ts.

import assert from "node:assert/strict";
import { BrokerLab } from "../support/broker-lab.js";
import { fromMs } from "../support/lease-caller.js";
import { otherNodes } from "../support/other-nodes.js";
import { passQuickTests } from "./support/quick-tests.js";

for (const { major, path, missing } of otherNodes()) {
  const title = `Node ${major}`;
  if (path === null) describe.skip(`${title} (${missing})`, () => it("passes", () => undefined));
  else describe(title, () => testsUnder(path, major));
}

function testsUnder(node: string, major: string): void {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("passes the quick tests", () => passQuickTests(node, major, "others")).timeout(1_800_000);

  it("serves what the other Node wrote, and the other way round", async () => {
    const own = await lab.start();
    const first = await lab.caller(own).acquire({ ttl: fromMs(600_000), requestId: "first" });
    await own.kill("SIGKILL");

    const other = await lab.restart(own, { nodePath: node });
    const caller = lab.caller(other);
    const again = await caller.acquire({ ttl: fromMs(600_000), requestId: "first" });
    assert.deepEqual([again.leaseId, again.holderKey], [first.leaseId, first.holderKey]);
    const second = await caller.acquire({ ttl: fromMs(600_000) });
    await other.kill("SIGKILL");

    const back = await lab.restart(own);
    for (const lease of [first, second]) {
      assert.equal((await lab.caller(back).renew(lease)).port, lease.port);
    }
    await back.kill("SIGTERM");
  });
}
