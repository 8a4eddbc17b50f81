// The stored form of changes: what goes in comes out, and what is not as written is refused.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { BlockRecord, Change, EndedLeaseRecord, LeaseRecord } from "#server/domain/records.js";
import { encodeChange, recordVersion } from "#server/store/record.js";
import { decodeChange, decodeEntries } from "#server/store/record-decode.js";
import { granted, modelOf, ordered, sampleLease } from "../support/store-samples.js";
import { anyChange } from "../support/any-change.js";

describe("stored records", () => {
  it("come back as they went in, whatever is in them", () => {
    fc.assert(
      fc.property(anyChange, (change) => {
        const { writes } = encodeChange(change);
        const kept = writes.filter(({ value }) => value !== null);
        const decoded = decodeEntries(
          kept.map(({ key }) => key),
          kept.map(({ value }) => value ?? ""),
          "/data",
        );
        assert.deepEqual(ordered(decoded), modelOf([change]));
      }),
    );
  });

  it("come back from history without request fingerprints", () => {
    fc.assert(
      fc.property(anyChange, (change) => {
        const { body } = encodeChange(change);
        assert.deepEqual(decodeChange(7, 8, body, "/data"), {
          revision: 7,
          wallMs: 8,
          change: withoutFingerprints(change),
        });
      }),
    );
  });

  it("are the JSON of their fields after the version, so that readers in other languages need no more", () => {
    fc.assert(
      fc.property(anyChange, (change) => {
        const { body, writes } = encodeChange(change);
        for (const text of [body, ...writes.flatMap(({ value }) => value ?? [])]) {
          assert.equal(JSON.stringify(JSON.parse(text)), text);
          assert.ok(text.startsWith(`{"version":${recordVersion},`));
        }
      }),
    );
  });

  it("leave out of history what is the request, and nothing that only reads like it", () => {
    const request = { key: "k", bodyHash: "h" };
    const lookalike = `"request":${JSON.stringify(request)}`;
    const { holder } = sampleLease(5);
    const labels = { request: JSON.stringify(request), [lookalike]: lookalike };
    const change = granted(sampleLease(5, { holder: { ...holder, labels }, request }));
    const { change: read } = decodeChange(5, 8, encodeChange(change).body, "/data");
    assert.deepEqual(read, withoutFingerprints(change));
  });

  const lease = JSON.parse(encodeChange(granted(sampleLease(5))).writes[0]?.value ?? "") as object;
  const key = "lease/0000000000000005";
  for (const [what, value, message] of [
    ["text that is not JSON", "{", /it is not JSON/],
    ["a version that never was", { ...lease, version: 0 }, /"version" is not a whole number/],
    ["a field that nobody knows", { ...lease, extra: 1 }, /of the known fields only/],
    ["a missing field", { ...lease, pool: undefined }, /"pool" is not a text/],
    ["a field of another type", { ...lease, ttlMs: "30000" }, /"ttlMs" is not a number/],
    ["an unknown word", { ...lease, protocol: "sctp" }, /"protocol" is not one of tcp, udp/],
    ["a port that is none", { ...lease, ports: { firstPort: 0, lastPort: 1 } }, /"firstPort"/],
    ["an empty range", { ...lease, ports: { firstPort: 9, lastPort: 8 } }, /"lastPort"/],
    ["a label that is no text", { ...lease, holder: { labels: { a: 1 } } }, /"service"|"labels"/],
    ["another lease", { ...lease, generation: 6 }, /belongs to another key/],
  ] as const) {
    it(`are refused when there is ${what}, naming the key`, () => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      assert.throws(() => decodeEntries([key], [text], "/data"), {
        code: "STORE_CORRUPT",
        message: new RegExp(`${key}.*${message.source}`),
      });
    });
  }

  it("are refused as a newer portlease's when their version is higher than any known", () => {
    const newer = JSON.stringify({ ...lease, version: recordVersion + 1, novelty: true });
    for (const read of [
      () => decodeEntries([key], [newer], "/data"),
      () => decodeChange(7, 8, newer, "/data"),
    ]) {
      assert.throws(read, { code: "STORE_TOO_NEW", message: /start that version/ });
    }
  });

  it("are refused under a key of no known kind", () => {
    assert.throws(() => decodeEntries(["x/1"], [JSON.stringify(lease)], "/data"), {
      code: "STORE_CORRUPT",
    });
  });

  it("never show a value in an error, for it may be a secret", () => {
    const secret = { ...lease, request: { key: 12_345, bodyHash: "h" } };
    assert.throws(
      () => decodeEntries([key], [JSON.stringify(secret)], "/data"),
      (error: Error) => !error.message.includes("12345"),
    );
  });

  for (const [name, wrong] of [
    ["ttlMs", Number.POSITIVE_INFINITY],
    ["createdWallMs", Number.NaN],
    ["revision", 1.5],
  ] as const) {
    it(`are not written with a ${name} that could not be read back`, () => {
      assert.throws(() => encodeChange(granted(sampleLease(5, { [name]: wrong }))), {
        name: "FieldError",
        message: new RegExp(name),
      });
    });
  }
});

function withoutFingerprints(change: Change): Change {
  const strip = (lease: LeaseRecord): LeaseRecord => ({ ...lease, request: null });
  if ("lease" in change) return { ...change, lease: strip(change.lease) };
  if (change.type !== "lease_ended") return change;
  const ended: EndedLeaseRecord = { ...change.ended, lease: strip(change.ended.lease) };
  return { ...change, ended };
}

// The model and the samples use the same types as the store; a block is checked like a lease.
const block: BlockRecord = {
  blockId: "a",
  pool: "default",
  protocol: "udp",
  kind: "runtime",
  ports: { firstPort: 1, lastPort: 65_535 },
  isolation: "shared",
  stage: "intended",
  draining: true,
  origin: "configured",
};

describe("a stored block", () => {
  it("of an earlier version says by whom it was asked for", () => {
    const { origin: _, isolation: __, ...common } = block;
    const stored = [
      { version: 1, ...common },
      { version: 2, ...common, isolation: "shared", added: false },
      { version: 2, ...common, isolation: "shared", added: true },
    ];
    const origins = stored.map((fields) => {
      const { blocks } = decodeEntries(["block/a"], [JSON.stringify(fields)], "/data");
      return blocks[0]?.origin;
    });
    assert.deepEqual(origins, ["configured", "configured", "operator"]);
  });

  it("keeps its whole range", () => {
    const { writes } = encodeChange({ type: "block_changed", block });
    const { blocks } = decodeEntries(["block/a"], [writes[0]?.value ?? ""], "/data");
    assert.deepEqual(blocks, [block]);
  });
});
