// Pages over what is hard to page over: values that are too large together, and keys that are no text.

import assert from "node:assert/strict";
import { rangePages } from "#fleet/sources/etcd/range-pages.js";
import { eventually } from "../../../support/eventually.js";
import { etcdOfSuite } from "../../../support/etcd.js";
import { describeWithEtcd } from "../../../support/etcd-program.js";
import { EtcdFleet, untilShown } from "./etcd-fleet.js";
import { putBytes } from "./raw-etcd.js";

describeWithEtcd("pages of keys", () => {
  const etcd = etcdOfSuite();
  let fleet: EtcdFleet;

  beforeEach(() => {
    fleet = new EtcdFleet(etcd().endpoint);
  });

  afterEach(() => fleet.close());

  it("get smaller where the values are too large for one message, and none is left out", async () => {
    const large = Buffer.alloc(1_400_000, "x");
    for (let number = 10; number < 40; number += 1)
      await fleet.put(fleet.keys.prefix + number, large);
    const found: string[] = [];
    for await (const { entries } of rangePages(fleet.etcd, { prefix: fleet.keys.prefix })) {
      found.push(...entries.map(({ key }) => key));
    }
    assert.equal(new Set(found).size, 30);
    assert.equal(found.length, 30);
  });

  it("lead past keys that are no text, to what is behind them", async () => {
    await fleet.putHost("a");
    await fleet.putHost("b");
    await fleet.putLease("b", "lease-1");
    // More than a page, so that each page would lead back to itself.
    const inLeasesOfA = Array.from({ length: 1_500 }, (_, index) =>
      Buffer.concat([
        Buffer.from(fleet.keys.leasesOf("a")),
        Buffer.from([0xff, index >> 8, index & 0xff]),
      ]),
    );
    await putBytes(etcd().endpoint, inLeasesOfA);
    const { view, source } = fleet.follow();
    await untilShown(view, ["a: not-heard-from, ", "b: not-heard-from, lease-1"]);
    await eventually("it is followed", () => source.stats.snapshots === 1);
    assert.ok(source.stats.unreadable > 0);
  });
});
