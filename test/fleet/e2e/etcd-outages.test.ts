// etcd goes away under a fleet and comes back: stopped, killed, and without what it knew. Nothing else is started again.

import assert from "node:assert/strict";
import type { TestEtcd } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { eventually } from "../../support/eventually.js";
import { shortPresenceMs } from "../../support/published-broker.js";
import { OutageLab } from "./outage-lab.js";

const hostIds = ["one", "two"];

describeWithEtcd("a fleet whose etcd", () => {
  let lab: OutageLab;

  beforeEach(async () => {
    lab = await OutageLab.start(hostIds, 1);
  });

  afterEach(() => lab.close());

  it("is stopped and started again: brokers grant and renew meanwhile, and then all is right", async () => {
    await lab.churnThrough({
      away: () => lab.etcd.stop(),
      back: () => lab.etcd.startAgain(),
      forMs: shortPresenceMs * 1.5,
    });
    await lab.untilRight();
  });

  it("is killed and started again: nothing was gone in between, and all is right", async () => {
    const [picture] = lab.pictures;
    await lab.churnThrough({
      away: () => lab.etcd.kill(),
      back: async () => {
        picture?.forgetFewest();
        await lab.etcd.startAgain();
      },
      forMs: 0,
    });
    await lab.untilRight();
    assert.equal(picture?.fewest.hosts, hostIds.length);
  });

  it("comes back without data: brokers tell everything again, and fleet servers read everything anew", async () => {
    const before = await revisionOf(lab.etcd);
    await lab.etcd.kill();
    await lab.untilAway();
    lab.etcd.forget();
    await lab.etcd.startAgain();
    await lab.churn();
    await lab.untilRight();
    assert.ok((await revisionOf(lab.etcd)) < before, "it counts its revisions anew");
    await lab.churn();
    await lab.untilRight();
  });

  it("comes back without data and gets further than it was: what went meanwhile is gone", async () => {
    const before = await revisionOf(lab.etcd);
    await lab.etcd.kill();
    await lab.untilAway();
    // Nobody will ever say that it is gone.
    await lab.release("one");
    lab.etcd.forget();
    await lab.etcd.startAgain();
    await eventually("it is further", async () => {
      await lab.etcd.ctl("put", "/elsewhere", "x");
      return (await revisionOf(lab.etcd)) > before;
    });
    await lab.untilRight();
  });
});

async function revisionOf(etcd: TestEtcd): Promise<number> {
  const answer = JSON.parse(await etcd.ctl("get", "/nothing", "-w", "json")) as {
    readonly header: { readonly revision: number };
  };
  return answer.header.revision;
}
