// What a watch of a real etcd does when etcd goes, comes back, hangs, forgets or floods it.

import assert from "node:assert/strict";
import { describeWithEtcd } from "../support/etcd-program.js";
import { TestEtcd } from "../support/etcd.js";
import { etcdClients, WatchRecord } from "../support/etcd-client.js";
import { eventually } from "../support/eventually.js";
import { ManualTimers } from "../support/manual-timers.js";
import { freePorts } from "../support/ports-below-ephemeral.js";
import { TcpRelay } from "../support/tcp-relay.js";

describeWithEtcd("a watch of a real etcd", () => {
  const open = etcdClients();
  let etcd: TestEtcd;
  beforeEach(async () => {
    etcd = await TestEtcd.start();
  });
  afterEach(() => etcd.dispose());

  const put = (key: string, value = "") => ({ when: [], success: [{ put: key, value }] });

  it("goes on where it was after etcd was killed, and tells nothing twice", async () => {
    const client = open(etcd.endpoint);
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: 1n }, record);
    await client.transact(put("/a/1"));
    await record.untilLines(1);
    await etcd.kill();
    await eventually("an interruption", () => record.interruptions.length > 0);
    assert.equal(record.interruptions[0]?.code, "unavailable");
    assert.match(record.interruptions[0]?.message ?? "", new RegExp(etcd.endpoint));
    const progressBefore = record.progress.length;
    await etcd.startAgain();
    await etcd.ctl("put", "/a/2", "");
    assert.deepEqual(await record.untilLines(2), ["put /a/1 ", "put /a/2 "]);
    await record.untilProgress(progressBefore + 1);
    await client.transact(put("/a/3"));
    assert.deepEqual(await record.untilLines(3), ["put /a/1 ", "put /a/2 ", "put /a/3 "]);
  });

  it("begins when etcd comes, if it is away at first", async () => {
    await etcd.stop();
    const client = open(etcd.endpoint);
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: 1n }, record);
    await eventually("two failed tries", () => record.interruptions.length > 1);
    assert.match(record.interruptions[0]?.message ?? "", /ECONNREFUSED/);
    await etcd.startAgain();
    await client.transact(put("/a/1"));
    await record.untilLines(1);
  });

  it("ends when what it missed is compacted away meanwhile", async () => {
    const timers = new ManualTimers();
    const client = open(etcd.endpoint, { timers, random: () => 0 });
    const record = new WatchRecord();
    const { revision } = await client.transact(put("/a/1"));
    client.watch({ prefix: "/a/", fromRevision: revision + 1n }, record);
    await record.untilProgress();
    await etcd.kill();
    await eventually("an interruption", () => record.interruptions.length > 0);
    await etcd.startAgain();
    await client.transact(put("/a/2"));
    await etcd.ctl("compact", String((await client.transact(put("/a/3"))).revision));
    assert.equal(timers.run(50), 1);
    assert.equal((await record.untilEnd()).code, "compacted");
    assert.deepEqual(record.lines(), []);
  });

  it("ends when etcd has lost its data and begun anew", async () => {
    const client = open(etcd.endpoint);
    for (const key of ["/a/1", "/a/2", "/a/3"]) await client.transact(put(key));
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: 5n }, record);
    await record.untilProgress();
    await etcd.stop();
    etcd.forget();
    await etcd.startAgain();
    const error = await record.untilEnd();
    assert.equal(error.code, "compacted");
    assert.match(error.message, /begun anew/);
  });

  it("asks an etcd that says nothing, and leaves one that does not answer", async () => {
    const timers = new ManualTimers();
    const limits = { silenceMsMax: 777, connectMsMax: 888, callMsMax: 999 };
    const client = open(etcd.endpoint, { timers, limits, random: () => 0 });
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: 1n }, record);
    await record.untilProgress(1);
    timers.run(limits.silenceMsMax);
    await record.untilProgress(2);
    etcd.pause();
    try {
      timers.run(limits.silenceMsMax);
      assert.equal(record.interruptions.length, 0);
      timers.run(limits.silenceMsMax);
      assert.match(record.interruptions[0]?.message ?? "", /nothing was heard of it for 777 ms/);
    } finally {
      etcd.resume();
    }
    assert.deepEqual(timers.waiting, [50]);
    timers.run(50);
    await record.untilProgress(3);
    assert.equal(record.interruptions.length, 1);
  });

  it("goes to the next endpoint where one is away", async () => {
    const [port] = await freePorts(1);
    const client = open([`127.0.0.1:${port}`, etcd.endpoint]);
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: 1n }, record);
    await record.untilProgress();
    assert.equal(record.interruptions.length, 1);
  });

  it("leaves a connection that is stuck, and misses nothing of what was under way on it", async () => {
    const relay = await TcpRelay.start(etcd.endpoint);
    try {
      const timers = new ManualTimers();
      const limits = { silenceMsMax: 777 };
      const client = open([relay.endpoint, etcd.endpoint], { timers, limits, random: () => 0 });
      const record = new WatchRecord();
      client.watch({ prefix: "/a/", fromRevision: 1n }, record);
      await record.untilProgress();
      relay.hold();
      const writer = open(etcd.endpoint);
      const value = "x".repeat(1_000_000);
      for (const key of ["1", "2", "3", "4", "5"]) await writer.transact(put(`/a/${key}`, value));
      timers.run(limits.silenceMsMax);
      timers.run(limits.silenceMsMax);
      assert.equal(record.interruptions.length, 1);
      assert.equal(record.events.length, 0);
      timers.run(50);
      const lines = await record.untilLines(5);
      assert.deepEqual(
        lines.map((line) => line.slice(0, 8)),
        ["put /a/1", "put /a/2", "put /a/3", "put /a/4", "put /a/5"],
      );
    } finally {
      await relay.close();
    }
  });

  it("tells a large past in whole revisions, though it comes in pieces", async () => {
    const client = open(etcd.endpoint);
    // Pieces are of 2 MiB, which is not a whole number of revisions of ten of these.
    const value = "x".repeat(70_000);
    const keys = Array.from({ length: 10 }, (_, index) => `/a/${index}`);
    const revisions: bigint[] = [];
    for (let times = 0; times < 8; times += 1) {
      const success = keys.map((key) => ({ put: key, value }));
      revisions.push((await client.transact({ when: [], success })).revision);
    }
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: revisions[0] ?? 1n }, record);
    await record.untilLines(80);
    for (const { events, revision } of record.batches) {
      const own = events.flatMap((event) => (event.type === "put" ? [event.entry] : []));
      assert.equal(own.length % keys.length, 0, "a revision in pieces");
      assert.equal(own.at(-1)?.modRevision, revision);
    }
    assert.ok(record.batches.length > 1, "it came in one piece, so nothing was tested");
    const told = record.events.map((event) =>
      event.type === "put" ? event.entry.modRevision : 0n,
    );
    assert.deepEqual(
      told,
      revisions.flatMap((revision) => keys.map(() => revision)),
    );
  });
});
