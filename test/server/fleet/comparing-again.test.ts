// A publisher that compares its leases with etcd from time to time, though etcd was never away: what others did to its keys is made
// good, and what changes meanwhile is told as ever, once.

import assert from "node:assert/strict";
import { writeEveryMs } from "#server/fleet/lease-mirror.js";
import { compareAgainMs } from "#server/fleet/recheck.js";
import { keyOf, PublisherLab } from "./publisher-lab.js";

/** Below the presence's TTL. */
const turnEveryMs = 4_000;
const leaseKey = (id: string): string => `/portlease/leases/web-1/${id}`;

/** One that has told its leases, some pages of them. */
async function followingLab(options: { readonly changesMax?: number } = {}): Promise<PublisherLab> {
  const lab = new PublisherLab(options);
  for (let generation = 1; generation <= 350; generation += 1) lab.put(generation);
  await lab.turn();
  assert.equal(lab.publisher.stats.connected, true);
  return lab;
}

function tamper(lab: PublisherLab): void {
  const text = lab.all().get(leaseKey("lease-1")) ?? "";
  const strange = text.replace('"orders"', '"strange"');
  assert.notEqual(strange, text);
  lab.etcd.store.transact({
    when: [],
    success: [
      { put: leaseKey("lease-none"), value: text },
      { put: leaseKey("lease-1"), value: strange },
      { delete: leaseKey("lease-2") },
    ],
  });
}

function comparesAgain(lab: PublisherLab): Promise<void> {
  return lab.pass(1.5 * compareAgainMs, turnEveryMs);
}

/** At each page that is read from now on: when etcd has answered, before the publisher hears of it. */
function atEachPage(lab: PublisherLab, act: (page: number) => void): void {
  const range = lab.client.range.bind(lab.client);
  let pages = 0;
  lab.client.range = async (request) => {
    const page = await range(request);
    pages += 1;
    act(pages);
    return page;
  };
}

describe("a publisher that follows for long", () => {
  it("compares again every ten minutes or so, and not before", async () => {
    const lab = await followingLab();
    tamper(lab);
    const from = lab.client.transactions.length;
    await lab.pass(compareAgainMs - 2 * turnEveryMs, turnEveryMs);
    assert.equal(lab.publisher.stats.reconciles, 1);
    assert.deepEqual(lab.leaseWrites(from), []);
    await lab.pass(4 * turnEveryMs, turnEveryMs);
    assert.equal(lab.publisher.stats.reconciles, 2);
    assert.equal(lab.publisher.stats.lastReconcileDifferences, 3);
    assert.deepEqual(
      lab.leaseWrites(from).flat().map(keyOf).toSorted(),
      ["lease-1", "lease-2", "lease-none"].map(leaseKey),
    );
    assert.match(lab.all().get(leaseKey("lease-1")) ?? "", /"orders"/);
    tamper(lab);
    await comparesAgain(lab);
    assert.equal(lab.publisher.stats.reconciles, 3, "and again after that");
    assert.deepEqual(lab.leaseIds().toSorted(), [...lab.leases.keys()].toSorted());
  });

  it("does so by chance earlier or later than others", async () => {
    const early = new PublisherLab({ random: { bytes: () => Uint8Array.of(0, 0) } });
    await early.pass(0.6 * compareAgainMs, turnEveryMs);
    assert.equal(early.publisher.stats.reconciles, 2);
    const late = new PublisherLab({ random: { bytes: () => Uint8Array.of(255, 255) } });
    await late.pass(1.4 * compareAgainMs, turnEveryMs);
    assert.equal(late.publisher.stats.reconciles, 1);
  });

  it("counts as connected all the while, and tells what changes between two pages", async () => {
    const lab = await followingLab();
    tamper(lab);
    const seen: unknown[] = [];
    atEachPage(lab, (page) => {
      const { connected, pending } = lab.publisher.stats;
      seen.push([page, connected, pending, lab.leaseIds().includes(`lease-${1_000 + page - 1}`)]);
      lab.put(1_000 + page);
      lab.etcd.clock.advance(50);
    });
    await comparesAgain(lab);
    assert.deepEqual(seen, [
      [1, true, 0, false],
      [2, true, 0, true],
      [3, true, 0, true],
      [4, true, 0, true],
    ]);
    assert.deepEqual(lab.leaseIds().toSorted(), [...lab.leases.keys()].toSorted());
  });

  it("neither removes what is granted meanwhile nor brings back what ends, and writes each once", async () => {
    const lab = await followingLab();
    const from = lab.client.transactions.length;
    tamper(lab);
    const expected = new Set([leaseKey("lease-2"), leaseKey("lease-none")]);
    atEachPage(lab, (page) => {
      // lease-1 was found to be other with the first page.
      const ended = page === 2 ? 1 : 100 + page;
      lab.end(ended);
      lab.put(1_000 + page);
      lab.put(200 + page, { ttlMs: 7_000 });
      for (const generation of [ended, 1_000 + page, 200 + page]) {
        expected.add(leaseKey(`lease-${generation}`));
      }
    });
    await comparesAgain(lab);
    const written = lab.leaseWrites(from).flat().map(keyOf);
    assert.deepEqual(written.toSorted(), [...expected].toSorted());
    assert.deepEqual(lab.leaseIds().toSorted(), [...lab.leases.keys()].toSorted());
    assert.match(lab.all().get(leaseKey("lease-202")) ?? "", /7000/);
  });

  it("counts as no difference what etcd is still to be told", async () => {
    const lab = await followingLab();
    await lab.pass(compareAgainMs - turnEveryMs, turnEveryMs);
    await lab.pass(turnEveryMs - 40, turnEveryMs - 40);
    assert.equal(lab.publisher.stats.reconciles, 1);
    lab.put(900);
    await lab.turn();
    const from = lab.client.transactions.length;
    lab.etcd.pass(writeEveryMs - 5);
    lab.put(901);
    lab.end(3);
    await lab.turn();
    assert.equal(lab.publisher.stats.reconciles, 2, "it compares");
    assert.equal(lab.publisher.stats.pending, 2, "before they are written");
    await lab.pass(100);
    assert.equal(lab.publisher.stats.lastReconcileDifferences, 0);
    assert.deepEqual(
      lab.leaseWrites(from).flat().map(keyOf),
      ["lease-901", "lease-3"].map(leaseKey),
    );
  });

  it("tells a block that is drained meanwhile, and nothing older after it", async () => {
    const lab = await followingLab();
    tamper(lab);
    atEachPage(lab, (page) => {
      if (page !== 2) return;
      lab.block = { ...lab.block, draining: true };
      lab.tell({ type: "block_changed", block: lab.block });
    });
    await comparesAgain(lab);
    const texts = [...lab.all()].filter(([key]) => key.startsWith(leaseKey("")));
    assert.equal(texts.length, 350);
    assert.ok(texts.every(([, text]) => text.includes('"draining":true')));
  });

  it("gives it up, until the next time, when too much changes meanwhile", async () => {
    const lab = await followingLab({ changesMax: 10 });
    tamper(lab);
    let pages = 0;
    atEachPage(lab, (page) => {
      pages = page;
      for (let count = 0; count < 6; count += 1) lab.put(page * 1_000 + count);
      assert.equal(lab.publisher.stats.connected, true);
    });
    await comparesAgain(lab);
    assert.equal(pages, 2);
    assert.equal(lab.publisher.stats.connected, true);
    assert.ok(lab.leaseIds().includes("lease-none"));
  });

  it("begins anew after etcd went away while it compared", async () => {
    const lab = await followingLab();
    tamper(lab);
    let failed = false;
    atEachPage(lab, (page) => {
      if (page !== 2) return;
      failed = true;
      lab.client.failNext("unavailable");
    });
    await comparesAgain(lab);
    assert.ok(failed);
    await lab.until("connected", () => lab.publisher.stats.connected);
    assert.deepEqual(lab.leaseIds().toSorted(), [...lab.leases.keys()].toSorted());
  });
});
