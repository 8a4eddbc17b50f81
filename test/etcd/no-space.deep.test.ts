// An etcd whose database is full, and is made to have space again.

import assert from "node:assert/strict";
import { EtcdError } from "#etcd/etcd.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { etcdClients, withCode } from "../support/etcd-client.js";
import { etcdOfSuite } from "../support/etcd.js";

describeWithEtcd("an etcd without space", () => {
  const etcd = etcdOfSuite({ flags: ["--quota-backend-bytes=4000000"] });
  const open = etcdClients();

  it("says so of what writes, still answers reads, and takes writes again after it was made room", async () => {
    const client = open(etcd().endpoint);
    const put = { when: [], success: [{ put: "/large", value: Buffer.alloc(500_000) }] };
    let refusal: unknown = null;
    for (let times = 0; times < 40 && refusal === null; times += 1) {
      refusal = await client.transact(put).then(
        () => null,
        (error: unknown) => error,
      );
    }
    assert.ok(refusal instanceof EtcdError);
    assert.ok(withCode("no-space", /database space exceeded.*--quota-backend-bytes/)(refusal));
    const { revision, entries } = await client.range({ prefix: "/large", keysOnly: true });
    assert.equal(entries.length, 1);
    await etcd().ctl("compact", String(revision));
    await etcd().ctl("defrag");
    await etcd().ctl("alarm", "disarm");
    await client.transact(put);
  }).timeout(60_000);
});
