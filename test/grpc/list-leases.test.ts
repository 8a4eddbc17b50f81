// ListLeases: filters, orders, and pages that stay right while leases come and go.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ListLeasesRequest,
  type ListLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { ActiveLease } from "#server/domain/lease-table.js";
import { BrokerError } from "#server/domain/errors.js";
import { listLeases } from "#server/grpc/list-leases.js";
import { leaseFields } from "#server/grpc/lease-fields.js";
import { parseOrderBy } from "#server/grpc/order-by.js";
import { brokerFixture, request, type BrokerFixture } from "../support/broker-fixture.js";
import { anyLease } from "../support/any-filter.js";

describe("ListLeases", () => {
  let fixture: BrokerFixture;
  beforeEach(async () => {
    fixture = await brokerFixture({ policy: { size: 40 } });
  });

  const acquire = async (service: string, portCount = 1): Promise<ActiveLease> => {
    const holder = { service, instance: "1", labels: {}, process: null };
    return (await fixture.broker.acquire(request({ holder, portCount }))).lease;
  };
  const release = (lease: ActiveLease) =>
    fixture.broker.release(lease.record.leaseId, lease.holderKey, false);
  const list = (fields: Partial<ListLeasesRequest>): ListLeasesResponse =>
    listLeases(fixture.broker, fixture.clock, ListLeasesRequest.fromPartial(fields));
  const services = ({ leases }: ListLeasesResponse): (string | undefined)[] =>
    leases.map(({ holder }) => holder?.service);

  it("shows all leases as they are at one moment, and asks for the time no more often for many of them", async () => {
    let asked = 0;
    const clock = {
      monotonicMs: () => fixture.clock.monotonicMs() + (asked += 1),
      wallMs: () => fixture.clock.wallMs(),
    };
    for (let count = 0; count < 30; count += 1) await acquire("a");
    const page = listLeases(fixture.broker, clock, ListLeasesRequest.fromPartial({}));
    assert.equal(asked, 1);
    assert.equal(page.leases.length, 30);
  });

  it("lists in the order of the grants, and counts what matches, not what is on the page", async () => {
    for (const service of ["c", "a", "b"]) await acquire(service);
    const page = list({ pageSize: 2 });
    assert.deepEqual(services(page), ["c", "a"]);
    assert.equal(page.totalSize, 3);
    assert.equal(page.revision, 3n);
    const rest = list({ pageSize: 2, pageToken: page.nextPageToken });
    assert.deepEqual(services(rest), ["b"]);
    assert.equal(rest.nextPageToken, "");
  });

  it("lists what the filter matches", async () => {
    for (const service of ["c", "a", "b"]) await acquire(service);
    const page = list({ filter: "service = a OR service = b" });
    assert.deepEqual(services(page), ["a", "b"]);
    assert.equal(page.totalSize, 2);
  });

  it("orders by several fields, up and down, with the lease id last", async () => {
    for (const [service, portCount] of [
      ["b", 1],
      ["a", 2],
      ["b", 3],
      ["a", 1],
    ] as const) {
      await acquire(service, portCount);
    }
    const shown = (orderBy: string): string[] =>
      list({ orderBy }).leases.map(({ holder, portCount }) => `${holder?.service}${portCount}`);
    assert.deepEqual(shown("service, port_count desc"), ["a2", "a1", "b3", "b1"]);
    assert.deepEqual(shown("service desc"), ["b1", "b3", "a2", "a1"]);
    assert.deepEqual(shown("port desc"), ["a1", "b3", "a2", "b1"]);
    assert.deepEqual(shown("lease_id desc, service"), ["a1", "b3", "a2", "b1"]);
  });

  for (const orderBy of ["", "service desc"]) {
    it(`neither repeats nor skips a lease that stays, in the order ${JSON.stringify(orderBy)}`, async () => {
      const leases: ActiveLease[] = [];
      for (const service of ["a", "b", "c", "d", "e", "f"]) leases.push(await acquire(service));
      const first = list({ pageSize: 2, orderBy });
      const seen = services(first);
      // The last one of the page, the next one, and new ones before and after them.
      for (const lease of leases) {
        if ([seen[1], orderBy === "" ? "c" : "d"].includes(lease.record.holder.service)) {
          await release(lease);
        }
      }
      await acquire("aa");
      await acquire("zz");
      let token = first.nextPageToken;
      while (token !== "") {
        const page = list({ pageSize: 2, orderBy, pageToken: token });
        seen.push(...services(page));
        token = page.nextPageToken;
      }
      const expected =
        orderBy === "" ? ["a", "b", "d", "e", "f", "aa", "zz"] : ["f", "e", "c", "b", "aa", "a"];
      assert.deepEqual(seen, expected);
    });
  }

  it("refuses the token of another filter or order, and one that was made up", async () => {
    for (const service of ["a", "b", "c"]) await acquire(service);
    const { nextPageToken: pageToken } = list({ pageSize: 1, filter: "port > 1", orderBy: "port" });
    const refused = { code: "page_token_invalid" };
    assert.throws(() => list({ pageToken }), refused);
    assert.throws(() => list({ pageToken, filter: "port > 1" }), refused);
    assert.throws(() => list({ pageToken, filter: "port > 2", orderBy: "port" }), refused);
    const [name, inner] = JSON.parse(Buffer.from(pageToken, "base64url").toString()) as string[];
    const [hash] = JSON.parse(inner ?? "") as string[];
    for (const key of [[], ["x", "y"], [1], [1, "a", 2], [null, "a"]]) {
      const forged = Buffer.from(JSON.stringify([name, JSON.stringify([hash, ...key])]));
      const token = forged.toString("base64url");
      assert.throws(() => list({ pageToken: token, filter: "port > 1", orderBy: "port" }), refused);
    }
    assert.equal(list({ pageToken, filter: "port > 1", orderBy: "port" }).leases.length, 2);
  });

  it("takes the token of an order by the longest names", async () => {
    const long = "ß".repeat(128);
    const holder = { service: long, instance: long, labels: {}, process: null };
    for (let count = 0; count < 2; count += 1) await fixture.broker.acquire(request({ holder }));
    const orderBy = "service, instance";
    const { nextPageToken: pageToken } = list({ pageSize: 1, orderBy });
    assert.equal(list({ pageSize: 1, orderBy, pageToken }).leases.length, 1);
  });

  it("gives, page by page, what sorting everything gives", () => {
    const orderBy = "service desc, port, process_id desc";
    const order = parseOrderBy(orderBy, leaseFields);
    fc.assert(
      fc.property(
        fc.array(anyLease, { maxLength: 40, size: "max" }),
        fc.integer({ min: 1, max: 7 }),
        (records, pageSize) => {
          const leases = records.map((record, index) => ({
            ...sampleActive,
            record: { ...record, leaseId: `lease-${String(index).padStart(3, "0")}` },
          }));
          const broker = { leases: () => leases.values(), revision: 1 };
          const listed: string[] = [];
          let pageToken = "";
          do {
            const asked = ListLeasesRequest.fromPartial({ orderBy, pageSize, pageToken });
            const page = listLeases(broker, fixture.clock, asked);
            assert.equal(page.totalSize, leases.length);
            listed.push(...page.leases.map(({ leaseId }) => leaseId));
            pageToken = page.nextPageToken;
          } while (pageToken !== "");
          const sorted = leases.toSorted((a, b) =>
            order.compare(order.keyOf(a.record), order.keyOf(b.record)),
          );
          assert.deepEqual(
            listed,
            sorted.map(({ record }) => record.leaseId),
          );
        },
      ),
    );
  });

  let sampleActive: ActiveLease;
  beforeEach(async () => {
    sampleActive = await acquire("sample");
    await release(sampleActive);
    fixture = await brokerFixture({ policy: { size: 40 } });
  });

  for (const [orderBy, problem] of [
    ["nonsense", /"nonsense"; the fields are lease_id/],
    ["labels", /"labels"; the fields are/],
    ["port down", /only "desc" or "asc"/],
    ["port desc desc", /only "desc" or "asc"/],
    ["port,,service", /the fields are/],
    ["port, port desc", /names port twice/],
    ["toString", /the fields are/],
    [`port${" ".repeat(600)}`, /at most 512/],
    ["a,b,c,d,e,f,g,h,i", /at most 8/],
  ] as const) {
    it(`refuses the order ${JSON.stringify(orderBy.slice(0, 30))}`, () => {
      assert.throws(
        () => list({ orderBy }),
        (error) =>
          error instanceof BrokerError &&
          error.code === "field_invalid" &&
          error.details.field === "order_by" &&
          problem.test(error.message),
      );
    });
  }
});
