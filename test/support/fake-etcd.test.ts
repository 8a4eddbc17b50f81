// The fake etcd does what a real one does, and fails as it is told to.

import assert from "node:assert/strict";
import { describeEtcd } from "../etcd/etcd-contract.js";
import { WatchRecord, withCode } from "./etcd-client.js";
import { FakeEtcd } from "./fake-etcd.js";

describeEtcd("the fake", () => {
  const server = new FakeEtcd();
  return {
    etcd: server.client(),
    prefix: "/p/",
    pass: (seconds) => server.pass(seconds * 1_000),
    compact: async (revision) => server.store.compact(revision),
  };
});

describe("the fake etcd", () => {
  const put = (key: string) => ({ when: [], success: [{ put: key, value: "" }] });

  it("answers nobody whom it cannot reach, and goes on where it was", async () => {
    const server = new FakeEtcd();
    const [etcd, other] = [server.client(), server.client()];
    const record = new WatchRecord();
    etcd.watch({ prefix: "/", fromRevision: 2n }, record);
    await record.untilProgress();
    etcd.cut();
    assert.equal(record.interruptions.length, 1);
    await assert.rejects(etcd.range({ prefix: "/" }), withCode("unavailable"));
    await other.transact(put("/a"));
    assert.deepEqual(record.lines(), []);
    etcd.mend();
    assert.deepEqual(await record.untilLines(1), ["put /a "]);
  });

  it("does what it gives no answer to", async () => {
    const server = new FakeEtcd();
    const etcd = server.client();
    etcd.loseAnswers(true);
    await assert.rejects(etcd.transact(put("/a")), withCode("timeout"));
    etcd.loseAnswers(false);
    assert.equal((await etcd.range({ prefix: "/" })).entries.length, 1);
  });

  it("ends a watch when it has begun anew", async () => {
    const server = new FakeEtcd();
    const etcd = server.client();
    await etcd.transact(put("/a"));
    const record = new WatchRecord();
    etcd.watch({ prefix: "/", fromRevision: 3n }, record);
    await record.untilProgress();
    server.stop();
    server.store.beginAnew();
    server.start();
    assert.equal((await record.untilEnd()).code, "compacted");
  });
});
