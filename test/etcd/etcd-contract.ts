// What every Etcd does, the client of a real one and the fake of the tests.

import assert from "node:assert/strict";
import type { Etcd, KeyValue } from "#etcd/etcd.js";
import { eventually } from "../support/eventually.js";
import { WatchRecord, withCode } from "../support/etcd-client.js";

export interface EtcdUnderTest {
  readonly etcd: Etcd;
  /** Keys of this test begin with it. */
  readonly prefix: string;
  /** Lets at least so many seconds pass, or waits until they have. */
  readonly pass: (seconds: number) => void;
  /** Compacts away everything before this revision. */
  readonly compact: (revision: bigint) => Promise<void>;
}

export function describeEtcd(
  name: string,
  make: () => EtcdUnderTest | Promise<EtcdUnderTest>,
): void {
  describe(`${name} as an Etcd`, () => {
    describeReadsAndWrites(make);
    describeLeases(make);
    describeWatches(make);
    describeClosing(make);
  });
}

type Make = () => EtcdUnderTest | Promise<EtcdUnderTest>;

/** One transaction without conditions; resolves with its revision. */
async function put(
  etcd: Etcd,
  ...entries: readonly (readonly [string, string])[]
): Promise<bigint> {
  const success = entries.map(([key, value]) => ({ put: key, value }));
  return (await etcd.transact({ when: [], success })).revision;
}

const keysOf = (entries: readonly KeyValue[]) => entries.map(({ key }) => key);
const textOf = (value: Uint8Array | undefined) => Buffer.from(value ?? []).toString();

function describeReadsAndWrites(make: Make): void {
  it("reads what begins with a prefix, by key, with values and revisions", async () => {
    const { etcd, prefix } = await make();
    const first = await put(etcd, [`${prefix}b`, "1"]);
    const second = await put(etcd, [`${prefix}a`, "é"], [`${prefix}b`, "2"]);
    await put(etcd, [`${prefix.slice(0, -1)}0`, "beside"]);
    const { entries, more, revision } = await etcd.range({ prefix });
    assert.deepEqual(keysOf(entries), [`${prefix}a`, `${prefix}b`]);
    assert.equal(textOf(entries[0]?.value), "é");
    const { createRevision, modRevision, leaseId } = entries[1] as KeyValue;
    assert.deepEqual([createRevision, modRevision, leaseId], [first, second, 0n]);
    assert.equal(second, first + 1n);
    assert.equal(revision, second + 1n);
    assert.equal(more, false);
  });

  it("reads in pages at one revision, whatever changes meanwhile", async () => {
    const { etcd, prefix } = await make();
    await put(etcd, ...["a", "b", "c", "d", "e"].map((key) => [prefix + key, key] as const));
    const page = await etcd.range({ prefix, limit: 2 });
    assert.deepEqual(keysOf(page.entries), [`${prefix}a`, `${prefix}b`]);
    assert.equal(page.more, true);
    await etcd.transact({
      when: [],
      success: [{ delete: `${prefix}c` }, { put: `${prefix}bb`, value: "" }],
    });
    const { revision } = page;
    const rest = await etcd.range({ prefix, after: `${prefix}b`, limit: 10, revision });
    assert.deepEqual(keysOf(rest.entries), [`${prefix}c`, `${prefix}d`, `${prefix}e`]);
    assert.equal(rest.more, false);
    const now = await etcd.range({ prefix, after: `${prefix}b`, keysOnly: true });
    assert.deepEqual(keysOf(now.entries), [`${prefix}bb`, `${prefix}d`, `${prefix}e`]);
    assert.ok(now.entries.every(({ value }) => value.length === 0));
  });

  it("does one side of a transaction, and says which and what it found", async () => {
    const { etcd, prefix } = await make();
    const key = `${prefix}k`;
    const claim = {
      when: [{ key, modRevision: 0n }],
      success: [{ put: key, value: "mine" }, { get: `${prefix}none` }],
      failure: [{ get: key }],
    };
    const won = await etcd.transact(claim);
    assert.equal(won.succeeded, true);
    assert.deepEqual(won.found, [null]);
    const lost = await etcd.transact(claim);
    assert.equal(lost.succeeded, false);
    assert.equal(textOf(lost.found[0]?.value), "mine");
    assert.equal(lost.revision, won.revision);
  });

  it("compares revisions and leases, and does nothing unless all hold", async () => {
    const { etcd, prefix } = await make();
    const key = `${prefix}k`;
    const { leaseId } = await etcd.grantLease(60);
    const { revision } = await etcd.transact({
      when: [],
      success: [{ put: key, value: "1", leaseId }],
    });
    const held = [
      { key, leaseId },
      { key, modRevision: revision },
      { key, createRevision: revision },
      { key: `${prefix}none`, createRevision: 0n },
      { key: `${prefix}none`, leaseId: 0n },
    ];
    assert.equal((await etcd.transact({ when: held, success: [{ get: key }] })).succeeded, true);
    const wrong = [
      { key, leaseId: leaseId + 1n },
      { key, modRevision: revision - 1n },
      { key, createRevision: 0n },
    ];
    for (const each of wrong) {
      const result = await etcd.transact({ when: [...held, each], success: [{ delete: key }] });
      assert.equal(result.succeeded, false);
    }
    assert.equal((await etcd.range({ prefix })).entries.length, 1);
  });

  it("deletes a key, and all keys with a prefix", async () => {
    const { etcd, prefix } = await make();
    await put(
      etcd,
      [`${prefix}a`, ""],
      [`${prefix}b/1`, ""],
      [`${prefix}b/2`, ""],
      [`${prefix}c`, ""],
    );
    const before = (await etcd.range({ prefix })).revision;
    const { revision } = await etcd.transact({
      when: [],
      success: [
        { delete: `${prefix}a` },
        { deletePrefix: `${prefix}b/` },
        { delete: `${prefix}none` },
      ],
    });
    assert.equal(revision, before + 1n);
    assert.deepEqual(keysOf((await etcd.range({ prefix })).entries), [`${prefix}c`]);
    const nothing = await etcd.transact({ when: [], success: [{ delete: `${prefix}none` }] });
    assert.equal(nothing.revision, revision);
  });

  it("refuses a transaction that writes one key twice", async () => {
    const { etcd, prefix } = await make();
    await assert.rejects(put(etcd, [`${prefix}a`, "1"], [`${prefix}a`, "2"]), withCode("refused"));
  });

  it("does not know a revision that is compacted away, nor one that has not come", async () => {
    const { etcd, prefix, compact } = await make();
    const revision = await put(etcd, [`${prefix}a`, "1"]);
    const now = await put(etcd, [`${prefix}a`, "2"]);
    await compact(now);
    await assert.rejects(etcd.range({ prefix, revision }), withCode("compacted"));
    await assert.rejects(etcd.range({ prefix, revision: now + 1_000n }), withCode("compacted"));
    assert.equal(textOf((await etcd.range({ prefix, revision: now })).entries[0]?.value), "2");
  });
}

function describeLeases(make: Make): void {
  it("removes a lease's keys when it has run out, and not while it is kept alive", async () => {
    const { etcd, prefix, pass } = await make();
    const { leaseId, ttlSeconds } = await etcd.grantLease(2);
    assert.ok(ttlSeconds >= 2);
    assert.notEqual(leaseId, 0n);
    const success = [{ put: `${prefix}a`, value: "", leaseId }];
    await etcd.transact({ when: [], success });
    for (let times = 0; times < 3; times += 1) {
      assert.equal(await etcd.keepAlive(leaseId), ttlSeconds);
      pass(1);
    }
    assert.equal((await etcd.range({ prefix })).entries[0]?.leaseId, leaseId);
    await eventually("the end of the lease", async () => {
      pass(1);
      return (await etcd.range({ prefix })).entries.length === 0;
    });
    assert.equal(await etcd.keepAlive(leaseId), 0);
    await assert.rejects(etcd.transact({ when: [], success }), withCode("lease-not-found"));
  });

  it("removes a revoked lease's keys at once, but not those that were put again without it", async () => {
    const { etcd, prefix } = await make();
    const { leaseId } = await etcd.grantLease(60);
    await etcd.transact({
      when: [],
      success: ["a", "b"].map((key) => ({ put: prefix + key, value: "", leaseId })),
    });
    await put(etcd, [`${prefix}b`, "mine"]);
    await etcd.revokeLease(leaseId);
    assert.deepEqual(keysOf((await etcd.range({ prefix })).entries), [`${prefix}b`]);
    await etcd.revokeLease(leaseId);
  });
}

function describeWatches(make: Make): void {
  it("tells of every change from a revision on, past and to come, in whole revisions", async () => {
    const { etcd, prefix } = await make();
    await put(etcd, [`${prefix}a`, "0"]);
    const fromRevision = await put(etcd, [`${prefix}a`, "1"], [`${prefix}b`, "2"]);
    const record = new WatchRecord();
    const watch = etcd.watch({ prefix, fromRevision }, record);
    assert.deepEqual(record.lines(), []);
    await record.untilLines(2);
    const last = await etcd.transact({
      when: [],
      success: [{ delete: `${prefix}a` }, { put: `${prefix}c`, value: "3" }],
    });
    await put(etcd, [`${prefix.slice(0, -1)}0`, "beside"]);
    await record.untilLines(4);
    assert.deepEqual(record.lines(), [
      `put ${prefix}a 1`,
      `put ${prefix}b 2`,
      `delete ${prefix}a`,
      `put ${prefix}c 3`,
    ]);
    const revisions = record.batches.map(({ revision }) => revision);
    assert.deepEqual(revisions, [fromRevision, last.revision]);
    watch.cancel();
  });

  it("says that it watches, though nothing changes", async () => {
    const { etcd, prefix } = await make();
    const revision = await put(etcd, [`${prefix}a`, "0"]);
    const record = new WatchRecord();
    const watch = etcd.watch({ prefix, fromRevision: revision + 1n }, record);
    await record.untilProgress();
    assert.equal(record.progress[0], revision);
    assert.deepEqual(record.lines(), []);
    watch.cancel();
  });

  it("tells nothing once it is cancelled", async () => {
    const { etcd, prefix } = await make();
    const revision = await put(etcd, [`${prefix}a`, "0"]);
    const [record, other] = [new WatchRecord(), new WatchRecord()];
    const watch = etcd.watch({ prefix, fromRevision: revision + 1n }, record);
    etcd.watch({ prefix, fromRevision: revision + 1n }, other);
    await Promise.all([record.untilProgress(), other.untilProgress()]);
    watch.cancel();
    watch.cancel();
    await put(etcd, [`${prefix}a`, "1"]);
    await other.untilLines(1);
    assert.deepEqual(record.lines(), []);
    assert.equal(record.end, null);
  });

  it("tells of keys that go with their lease", async () => {
    const { etcd, prefix } = await make();
    const { leaseId } = await etcd.grantLease(60);
    const success = [{ put: `${prefix}a`, value: "", leaseId }];
    const { revision } = await etcd.transact({ when: [], success });
    const record = new WatchRecord();
    etcd.watch({ prefix, fromRevision: revision + 1n }, record);
    await etcd.revokeLease(leaseId);
    assert.deepEqual(await record.untilLines(1), [`delete ${prefix}a`]);
  });

  it("ends when what it asks for is compacted away", async () => {
    const { etcd, prefix, compact } = await make();
    const fromRevision = await put(etcd, [`${prefix}a`, "1"]);
    await put(etcd, [`${prefix}a`, "2"]);
    await compact(await put(etcd, [`${prefix}a`, "3"]));
    const record = new WatchRecord();
    etcd.watch({ prefix, fromRevision }, record);
    assert.equal((await record.untilEnd()).code, "compacted");
    assert.equal(record.end?.reason, "compacted");
    assert.deepEqual(record.lines(), []);
  });
}

function describeClosing(make: Make): void {
  it("ends everything when it is closed", async () => {
    const { etcd, prefix } = await make();
    const record = new WatchRecord();
    etcd.watch({ prefix, fromRevision: 1n }, record);
    const pending = assert.rejects(etcd.range({ prefix }), withCode("closed"));
    etcd.close();
    etcd.close();
    await pending;
    assert.equal((await record.untilEnd()).code, "closed");
    await assert.rejects(etcd.grantLease(1), withCode("closed"));
    const late = new WatchRecord();
    etcd.watch({ prefix, fromRevision: 1n }, late);
    assert.equal(late.end, null);
    assert.equal((await late.untilEnd()).code, "closed");
  });
}
