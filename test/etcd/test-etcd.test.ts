// The etcd of the tests is what the other tests take it for.

import assert from "node:assert/strict";
import { describeWithEtcd } from "../support/etcd-program.js";
import { etcdOfSuite, TestEtcd } from "../support/etcd.js";

describeWithEtcd("an etcd of the tests", () => {
  const etcd = etcdOfSuite({ flags: ["--max-txn-ops=4"] });

  it("serves", async () => {
    assert.equal(await etcd().ctl("put", "/a", "1"), "OK\n");
  });

  it("has its data and its address again after it was killed, and after it was stopped", async () => {
    const { endpoint } = etcd();
    await etcd().ctl("put", "/b", "2");
    await etcd().kill();
    await etcd().startAgain();
    assert.equal(await etcd().ctl("get", "/b", "--print-value-only"), "2\n");
    await etcd().stop();
    await etcd().startAgain();
    assert.equal(await etcd().ctl("get", "/b", "--print-value-only"), "2\n");
    assert.equal(etcd().endpoint, endpoint);
  });

  it("says why it does not start", async () => {
    await assert.rejects(TestEtcd.start({ flags: ["--no-such-flag"] }), /no-such-flag/);
  });
});

describeWithEtcd("an etcd of the tests with users", () => {
  const etcd = etcdOfSuite();

  it("asks everybody who they are", async () => {
    await etcd().requireUser("fleet", "password-of-fleet", "/fleet/");
    assert.equal(await etcd().ctl("put", "/x", "1"), "OK\n");
    const other = `--user=fleet:password-of-fleet`;
    await assert.rejects(etcd().ctl(other, "put", "/x", "2"), /permission denied/);
    assert.equal(await etcd().ctl(other, "put", "/fleet/x", "2"), "OK\n");
  });
});
