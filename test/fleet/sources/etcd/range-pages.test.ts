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

  it("end where keys are no text, and those are told as what cannot be understood", async () => {
    await fleet.putHost("a");
    // More than a page, so that each page would lead back to itself.
    const keys = Array.from({ length: 1_500 }, (_, index) =>
      Buffer.concat([
        Buffer.from(fleet.keys.prefix),
        Buffer.from([0xff, index >> 8, index & 0xff]),
      ]),
    );
    await putBytes(etcd().endpoint, keys);
    const { view, source } = fleet.follow();
    await untilShown(view, ["a: not-heard-from, "]);
    await eventually("it is followed", () => source.stats.snapshots === 1);
    assert.ok(source.stats.unreadable > 0);
  });
});
