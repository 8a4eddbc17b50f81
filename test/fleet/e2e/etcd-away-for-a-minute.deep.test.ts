// etcd is stopped for a whole minute, as at an update of its host, with presences that run out meanwhile. Nothing else is started again.

import { describeWithEtcd } from "../../support/etcd-program.js";
import { OutageLab } from "./outage-lab.js";

describeWithEtcd("a fleet whose etcd is away for a minute", () => {
  let lab: OutageLab;

  before(async () => {
    lab = await OutageLab.start(["one", "two", "three"], 2);
  });

  after(() => lab.close());

  it("is right again after it, with what came and went meanwhile", async () => {
    await lab.churnThrough({
      away: () => lab.etcd.stop(),
      back: () => lab.etcd.startAgain(),
      forMs: 60_000,
    });
    await lab.untilRight();
  }).timeout(180_000);

  it("is right again after it was killed, too", async () => {
    await lab.churnThrough({
      away: () => lab.etcd.kill(),
      back: () => lab.etcd.startAgain(),
      forMs: 60_000,
    });
    await lab.untilRight();
  }).timeout(180_000);
});
