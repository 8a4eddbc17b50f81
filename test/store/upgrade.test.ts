// The upgrade path: what earlier versions wrote is read and served, what a newer one wrote is refused, and a start that fails
// leaves the old records as they were.

import assert from "node:assert/strict";
import { checkStore } from "#server/store/check.js";
import { entryChecksum } from "#server/store/checksum.js";
import { dataDirectoryAt } from "#server/store/data-directory.js";
import { recordVersion } from "#server/store/record.js";
import { holderKeys } from "#server/holder-keys.js";
import { BrokerLab } from "../support/broker-lab.js";
import { fromMs } from "../support/lease-caller.js";
import { storeFixtures, toldBefore, unpackFixture } from "../support/store-fixtures.js";
import { grants } from "../support/store-samples.js";
import { bytesOf, openStore, rewrite, snapshot } from "../support/store-snapshot.js";
import { editEntries, entriesIn, writeStore } from "../support/store-surgery.js";
import { itOnLinux } from "../support/platform-only.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

for (const fixture of storeFixtures) {
  describe(`a data directory with ${fixture.name.replaceAll("-", " ")}`, function () {
    this.timeout(120_000);
    const makeDirectory = temporaryDirectories();
    const told = toldBefore(fixture);

    it("opens with every lease, key and ended lease that its broker told of", async () => {
      const directory = unpackFixture(fixture, makeDirectory());
      assert.equal((await checkStore(directory)).verdict, "sound");
      const store = await openStore(directory);
      try {
        const { leases, ended, blocks, brokerSecret, past } = await store.load();
        const keys = holderKeys(brokerSecret);
        assert.deepEqual(
          leases.map(({ leaseId, ports, generation, ttlMs }) => {
            const { firstPort, lastPort } = ports;
            return [leaseId, keys.keyFor(leaseId), firstPort, lastPort, generation, ttlMs];
          }),
          told.leases.map(({ leaseId, holderKey, port, portCount, generation, ttlMs }) => {
            return [leaseId, holderKey, port, port + portCount - 1, generation, ttlMs];
          }),
        );
        assert.deepEqual(
          ended.map(({ lease, reason }) => [lease.leaseId, reason]),
          [[told.released.leaseId, "released"]],
        );
        assert.deepEqual(
          blocks.map(({ ports, isolation, origin }) => [ports.firstPort, isolation, origin]),
          [[fixture.firstPort, "shared", "configured"]],
        );
        assert.equal(past, "known");
      } finally {
        await store.close();
      }
    });

    it("gives its history out as if this version had written it", async () => {
      const store = await openStore(unpackFixture(fixture, makeDirectory()));
      try {
        const { changes } = await store.readChanges(0, 100);
        const types = changes.map(({ change }) => change.type).join(" ");
        assert.match(types, /^(?:block_changed )+(?:lease_\w+ )+lease_ttl_changed$/);
        const [grant] = changes.flatMap(({ change }) =>
          change.type === "lease_granted" ? [change.lease] : [],
        );
        assert.deepEqual(
          [grant?.binding, grant?.covered, grant?.bindWithinMs, grant?.remainingMs],
          ["unknown", true, null, null],
        );
      } finally {
        await store.close();
      }
    });

    it("goes on with new records beside the old ones, which stay as they are", async () => {
      const directory = unpackFixture(fixture, makeDirectory());
      const store = await openStore(directory);
      const { revision } = await store.load();
      await store.commit(grants(revision, 1));
      await store.close();
      const versions = (await entriesIn(directory)).map(({ value }) => versionOf(value));
      assert.deepEqual(new Set(versions), new Set([fixture.recordVersion, recordVersion]));
      assert.equal((await checkStore(directory)).verdict, "sound");
    });

    it("is left as it was by a start that is refused", async () => {
      const directory = unpackFixture(fixture, makeDirectory());
      const log = bytesOf(directory, "walPath");
      rewrite(directory, "walPath", (bytes) => {
        bytes.writeUInt8(bytes.readUInt8(60_000) ^ 0xff, 60_000);
        return bytes;
      });
      const damaged = bytesOf(directory, "walPath");
      await assert.rejects(openStore(directory), { code: "STORE_CORRUPT" });
      assert.deepEqual(bytesOf(directory, "walPath"), damaged);
      rewrite(directory, "walPath", () => log);
      const store = await openStore(directory);
      assert.equal((await store.load()).leases.length, told.leases.length);
      await store.close();
      const versions = (await entriesIn(directory)).map(({ value }) => versionOf(value));
      assert.deepEqual(new Set(versions), new Set([fixture.recordVersion]));
    });
  });
}

describe("a broker of this version on the data of an earlier one", function () {
  this.timeout(120_000);
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  for (const fixture of storeFixtures) {
    // Its block is held.
    itOnLinux(`serves it: ${fixture.name}`, async () => {
      const told = toldBefore(fixture);
      const dataDirectory = unpackFixture(fixture, lab.newDirectory());
      const broker = await lab.start({
        poolSize: 0,
        flags: ["--pool-start", String(fixture.firstPort), "--pool-size", "8"],
        dataDirectory,
      });
      assert.equal(broker.ready.liveLeases, told.leases.length);
      const caller = lab.caller(broker);
      for (const lease of told.leases) {
        const { leaseId, holderKey, port, generation, requestId, instance, portCount } = lease;
        assert.equal((await caller.renew({ leaseId, holderKey })).port, port);
        const holder = { service: "orders", instance, labels: { zone: "a" } };
        const again = { ttl: fromMs(600_000), portCount, requestId, holder };
        const repeated = await caller.acquire(again);
        assert.deepEqual(
          [repeated.leaseId, repeated.holderKey, Number(repeated.generation)],
          [leaseId, holderKey, generation],
        );
      }
      const gone = { service: "orders", instance: "gone", labels: { zone: "a" } };
      const { requestId } = told.released;
      await assert.rejects(caller.acquire({ ttl: fromMs(600_000), requestId, holder: gone }), {
        reason: "LEASE_ENDED",
      });
      await broker.kill("SIGTERM");
    });
  }
});

describe("records of a newer portlease", function () {
  this.timeout(120_000);
  const makeDirectory = temporaryDirectories();

  it("are refused, saying which versions are known and what to do, and stay as they are", async () => {
    const directory = makeDirectory();
    await writeStore(directory, 3);
    const newer = recordVersion + 1;
    await editEntries(directory, ({ key, value }) => {
      const changed = value.replace(`"version":${recordVersion}`, `"version":${newer}`);
      return { key, value: changed, checksum: entryChecksum(key, changed) };
    });
    const copy = snapshot(directory, makeDirectory());
    const expected = new RegExp(
      `has records of version ${newer}, this portlease knows versions up to ${recordVersion}; .* start that version`,
    );
    await assert.rejects(openStore(copy), { code: "STORE_TOO_NEW", message: expected });
    const report = await checkStore(copy);
    assert.equal(report.verdict, "too-new");
    assert.match(report.findings.at(-1)?.message ?? "", expected);
    assert.deepEqual(await entriesIn(copy), await entriesIn(directory));
    assert.equal(dataDirectoryAt(copy).path, copy);
  });
});

function versionOf(value: string): number {
  return (JSON.parse(value) as { readonly version: number }).version;
}
