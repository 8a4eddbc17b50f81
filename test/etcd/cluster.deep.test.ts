// An etcd of three members of which one is killed, be it the leader, and one that has nobody to agree with.

import assert from "node:assert/strict";
import type { Etcd } from "#etcd/etcd.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { startEtcdCluster } from "../support/etcd-cluster.js";
import { etcdClients, WatchRecord, withCode } from "../support/etcd-client.js";
import type { TestEtcd } from "../support/etcd.js";
import { eventually } from "../support/eventually.js";

describeWithEtcd("an etcd of three members", () => {
  const open = etcdClients();
  let members: readonly TestEtcd[] = [];
  beforeEach(async () => {
    members = await startEtcdCluster();
  });
  afterEach(async () => {
    for (const member of members) await member.dispose();
  });

  const endpoints = () => members.map(({ endpoint }) => endpoint);

  /** Puts numbers one after the other; what may be done or not is looked up. */
  async function count(client: Etcd, from: number, to: number): Promise<void> {
    for (let number = from; number <= to; number += 1) {
      const key = `/n/${String(number).padStart(3, "0")}`;
      await eventually(`number ${number}`, () => putOnce(client, key));
    }
  }

  async function putOnce(client: Etcd, key: string): Promise<boolean> {
    try {
      await client.transact({
        when: [{ key, modRevision: 0n }],
        success: [{ put: key, value: "" }],
      });
      return true;
    } catch (error) {
      assert.ok(withCode((error as { code: "timeout" }).code)(error));
      return false;
    }
  }

  it("goes on when any one of them is killed, and a watch misses nothing", async () => {
    const client = open(endpoints());
    const record = new WatchRecord();
    client.watch({ prefix: "/n/", fromRevision: 1n }, record);
    for (const [index, member] of members.entries()) {
      await count(client, index * 20 + 1, index * 20 + 10);
      await member.kill();
      await count(client, index * 20 + 11, index * 20 + 20);
      await member.startAgain();
    }
    const told = await record.untilLines(60);
    const expected = Array.from({ length: 60 }, (_, index) => {
      return `put /n/${String(index + 1).padStart(3, "0")} `;
    });
    assert.deepEqual(told, expected);
    assert.equal(record.end, null);
    const revisions = record.batches.map(({ revision }) => revision);
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].toSorted((a, b) => Number(a - b)),
    );
  }).timeout(120_000);

  it("is unavailable to reads and writes without a majority, and tells a watch so", async () => {
    const [first, second, third] = members;
    const client = open(first?.endpoint ?? "");
    await client.transact({ when: [], success: [{ put: "/a", value: "" }] });
    const record = new WatchRecord();
    client.watch({ prefix: "/", fromRevision: 1n }, record);
    await record.untilLines(1);
    await second?.kill();
    await third?.kill();
    await eventually("no leader", () => record.interruptions.length > 0);
    await assert.rejects(client.range({ prefix: "/" }), withCode("unavailable", /no leader/));
    await assert.rejects(
      client.transact({ when: [], success: [{ put: "/a", value: "" }] }),
      withCode("unavailable", /no leader/),
    );
    await second?.startAgain();
    await eventually("a majority", async () => {
      return putOnce(client, "/b");
    });
    await record.untilLines(2);
  }).timeout(120_000);
});
