// One flipped byte anywhere in the database or its log: the start is refused, or the state is exactly the acknowledged one.

import assert from "node:assert/strict";
import { checkStore } from "#server/store/check.js";
import { SeededRandom } from "../support/seeded-random.js";
import { loadAll } from "../support/store-loader.js";
import type { LoadOutcome } from "../support/store-loader.js";
import {
  bytesOf,
  fill,
  flipByte,
  openStore,
  rewrite,
  snapshot,
} from "../support/store-snapshot.js";
import type { FileName } from "../support/store-snapshot.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

const randomFlips = 100;
/** Headers: each of their bytes matters in its own way. */
const firstBytes = 100;

describe("a store with one flipped byte (semantics 2)", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();
  let killed: string;
  let closed: string;
  let acknowledged: LoadOutcome;

  before(async () => {
    const directory = makeDirectory();
    const first = await openStore(directory);
    await fill(first, 60);
    await first.close();
    const second = await openStore(directory);
    await fill(second, 40);
    killed = snapshot(directory, makeDirectory());
    await second.close();
    closed = snapshot(directory, makeDirectory());
    const [afterKill, afterClose] = await loadAll([
      snapshot(killed, makeDirectory()),
      snapshot(closed, makeDirectory()),
    ]);
    assert.ok(afterKill?.refused === null && afterKill.entries.length > 60);
    assert.deepEqual(afterClose, afterKill);
    acknowledged = afterKill;
  });

  function offsets(source: string, name: FileName): number[] {
    const random = new SeededRandom(41);
    const size = bytesOf(source, name).length;
    const first = Array.from({ length: Math.min(firstBytes, size) }, (_, offset) => offset);
    const others = Array.from({ length: randomFlips }, () => random.integer(size));
    // The last transaction is the one that nothing in the log itself protects.
    const last = Array.from({ length: 30 }, () => size - 1 - random.integer(Math.min(9_000, size)));
    return [...first, ...others, ...last];
  }

  async function flipAll(
    source: string,
    name: FileName,
  ): Promise<{ refused: string[]; intact: number }> {
    const random = new SeededRandom(42);
    const copies = offsets(source, name).map((offset) => {
      const mask = 1 + random.integer(255);
      const directory = snapshot(source, makeDirectory());
      flipByte(directory, name, offset, mask);
      return { directory, what: `${name} byte ${offset} ^ ${mask}` };
    });
    const outcomes = await loadAll(copies.map(({ directory }) => directory));
    const refused: string[] = [];
    for (const [index, { directory, what }] of copies.entries()) {
      const outcome = outcomes[index];
      if (outcome?.refused === null) {
        assert.deepEqual({ ...outcome, warnings: [] }, acknowledged, what);
      } else {
        assert.equal(outcome?.refused, "STORE_CORRUPT", `${what}: ${outcome?.message}`);
        refused.push(directory);
      }
    }
    return { refused, intact: copies.length - refused.length };
  }

  for (const [where, source, name] of [
    ["the database of a killed broker", () => killed, "databasePath"],
    ["the log of a killed broker", () => killed, "walPath"],
    ["the database of a closed broker", () => closed, "databasePath"],
  ] as const) {
    it(`refuses, or loads exactly what was acknowledged: ${where}`, async () => {
      const { refused, intact } = await flipAll(source(), name);
      console.log(`      ${refused.length} refused, ${intact} loaded unharmed`);
      assert.ok(refused.length > 50);
      // A refusal changes nothing: it is repeated, and the offline check sees the damage too.
      const sample = refused.filter((_, index) => index % 12 === 0);
      for (const directory of sample) {
        assert.equal((await checkStore(directory)).verdict, "damaged");
      }
      for (const outcome of await loadAll(sample)) assert.equal(outcome.refused, "STORE_CORRUPT");
    });
  }

  it("refuses a broken structure that does not show in any row yet", async () => {
    // The number of free pages; SQLite would hand out pages that are in use.
    const directory = snapshot(closed, makeDirectory());
    flipByte(directory, "databasePath", 39, 0x02);
    const [outcome] = await loadAll([directory]);
    assert.equal(outcome?.refused, "STORE_CORRUPT");
    assert.match(outcome.message, /SQLite's check says/);
  });

  it("refuses entries in the wrong order, by which they would not be found again", async () => {
    const directory = snapshot(closed, makeDirectory());
    rewrite(directory, "databasePath", swapFirstCells);
    const [outcome] = await loadAll([directory]);
    assert.equal(outcome?.refused, "STORE_CORRUPT");
    assert.match(outcome.message, /entry "[^"]+" is out of order/);
  });

  it("only warns of a damaged watermark, since the database is verified by itself", async () => {
    const size = bytesOf(killed, "watermarkPath").length;
    const copies = Array.from({ length: Math.floor(size / 6) }, (_, index) => {
      const directory = snapshot(killed, makeDirectory());
      flipByte(directory, "watermarkPath", index * 6, 0x10);
      return directory;
    });
    for (const outcome of await loadAll(copies)) {
      assert.ok(outcome.refused === null);
      assert.deepEqual({ ...outcome, warnings: [] }, acknowledged);
      assert.match(outcome.warnings.join(), /watermark file was damaged/);
    }
    const [again] = await loadAll(copies);
    assert.ok(again?.refused === null && again.warnings.length === 0, "the watermark is mended");
  });
});

/** In the first leaf page of an index, https://www.sqlite.org/fileformat2.html#b_tree_pages; SQLite's quick check is content. */
function swapFirstCells(bytes: Buffer): Buffer {
  const [leafIndexPage, pageBytes, cellPointers] = [0x0a, 4_096, 8];
  let page = 0;
  while (bytes.readUInt8(page) !== leafIndexPage || bytes.readUInt16BE(page + 3) < 2) {
    page += pageBytes;
  }
  const [first, second] = [page + cellPointers, page + cellPointers + 2];
  const former = bytes.readUInt16BE(first);
  bytes.writeUInt16BE(bytes.readUInt16BE(second), first);
  bytes.writeUInt16BE(former, second);
  return bytes;
}
