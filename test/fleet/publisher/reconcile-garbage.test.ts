// Comparing leases with an etcd in which others have left keys that are no text among them.

import assert from "node:assert/strict";
import { Reconcile } from "#server/fleet/reconcile.js";
import { DrainingBlocks } from "#server/fleet/draining-blocks.js";
import { LeaseWrites } from "#server/fleet/lease-writes.js";
import { etcdOfSuite } from "../../support/etcd.js";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { sampleLease } from "../../support/store-samples.js";
import { EtcdFleet } from "../sources/etcd/etcd-fleet.js";
import { putBytes } from "../sources/etcd/raw-etcd.js";

/** Far more than it takes. */
const stepsMax = 50;

describeWithEtcd("leases that are compared with etcd", () => {
  const etcd = etcdOfSuite();
  let fleet: EtcdFleet;

  beforeEach(() => {
    fleet = new EtcdFleet(etcd().endpoint);
  });

  afterEach(() => fleet.close());

  it("are compared to the end, though more than a page of keys is no text", async () => {
    await fleet.putLease("a", "lease-9");
    const prefix = Buffer.from(`${fleet.keys.leasesOf("a")}l`);
    const garbage = Array.from({ length: 250 }, (_, index) =>
      Buffer.concat([prefix, Buffer.from([0xff, index])]),
    );
    await putBytes(etcd().endpoint, garbage);
    await fleet.putLease("a", "mine-is-ended");
    const source = { blocks: { served: [] }, recordedLeases: () => [] };
    const lease = sampleLease(1);
    const reconcile = new Reconcile(
      {
        etcd: fleet.etcd,
        presence: {
          write: async (then) => {
            await fleet.etcd.transact({ when: [], then });
          },
        },
        writes: new LeaseWrites(fleet.keys, "a", new DrainingBlocks(source)),
      },
      new Map([[lease.leaseId, lease]]),
    );
    let steps = 0;
    while (!(await reconcile.step())) {
      steps += 1;
      assert.ok(steps < stepsMax, "it has not come to an end");
    }
    const { entries } = await fleet.etcd.range({ prefix: fleet.keys.leasesOf("a") });
    const readable = entries.map(({ key }) => key).filter((key) => !key.includes("\uFFFD"));
    assert.deepEqual(readable, [fleet.keys.lease("a", lease.leaseId)]);
  });
});
