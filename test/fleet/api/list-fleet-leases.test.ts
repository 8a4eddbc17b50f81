import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type FleetLease,
  FleetLease_State,
  ListFleetLeasesRequest,
  type ListFleetLeasesResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FleetReader } from "#fleet/view/fleet-reader.js";
import { Slices } from "#server/domain/slices.js";
import { listFleetLeases } from "#fleet/api/list-fleet-leases.js";
import { fleetLab, type FleetLab, wholeReading } from "../../support/fleet-samples.js";

function list(
  view: FleetReader,
  request: Partial<ListFleetLeasesRequest> = {},
  reading = wholeReading(),
): Promise<ListFleetLeasesResponse> {
  return listFleetLeases(view, ListFleetLeasesRequest.fromPartial(request), reading);
}

const namesOf = ({ leases }: { readonly leases: readonly FleetLease[] }): readonly string[] =>
  leases.map(({ hostId, leaseId }) => `${hostId}/${leaseId}`);

/** The view with what is called of it written down. */
function watched(view: FleetReader): { readonly view: FleetReader; readonly calls: string[] } {
  const calls: string[] = [];
  const proxy = new Proxy(view, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (String(name).startsWith("leases")) calls.push([String(name), ...args].join(" ").trim());
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
  return { view: proxy, calls };
}

describe("ListFleetLeases", () => {
  let lab: FleetLab;

  beforeEach(() => {
    lab = fleetLab();
    for (const hostId of ["web-1", "web-2"]) lab.host(hostId);
    lab.lease("web-2", "b", { service: "billing", port: 20_001, labels: { zone: "b" } });
    lab.lease("web-1", "a", { service: "orders", port: 20_002, labels: { zone: "a" } });
    lab.lease("web-1", "c", { service: "orders", port: 20_010, portCount: 4 });
  });

  it("lists all of them by host id and lease id, with how many there are", async () => {
    const page = await list(lab.view);
    assert.deepEqual(namesOf(page), ["web-1/a", "web-1/c", "web-2/b"]);
    assert.equal(page.totalSize, 3);
    assert.equal(page.nextPageToken, "");
  });

  it("says of leases of a host that is not heard from that they are stale, and for how long", async () => {
    lab.view.removePresence("web-2");
    lab.clock.advance(90_000);
    const { leases } = await list(lab.view, { filter: "state = stale" });
    assert.deepEqual(namesOf({ leases }), ["web-2/b"]);
    assert.equal(leases[0]?.state, FleetLease_State.STATE_STALE);
    assert.equal(leases[0]?.staleAge?.seconds, 90n);
    assert.deepEqual(namesOf(await list(lab.view, { filter: "state = ACTIVE" })), [
      "web-1/a",
      "web-1/c",
    ]);
  });

  for (const [filter, expected] of [
    ['host_id = "web-2"', ["web-2/b"]],
    ["lease_id = c", ["web-1/c"]],
    ["pool = default AND protocol = tcp", ["web-1/a", "web-1/c", "web-2/b"]],
    ["port = 20012", ["web-1/c"]],
    ["port_count > 1", ["web-1/c"]],
    ["service = bill*", ["web-2/b"]],
    ['instance = ""', ["web-1/a", "web-1/c", "web-2/b"]],
    ["binding = BINDING_BOUND", ["web-1/a", "web-1/c", "web-2/b"]],
    ["unprotected = true OR draining = true", []],
    ['create_time < "2026-01-01T00:00:01Z"', ["web-1/a", "web-1/c", "web-2/b"]],
    ["labels.zone = a", ["web-1/a"]],
    ["labels:zone", ["web-1/a", "web-2/b"]],
  ] as const) {
    it(`filters by ${filter}`, async () => {
      const page = await list(lab.view, { filter });
      assert.deepEqual(namesOf(page), expected);
      assert.equal(page.totalSize, expected.length);
    });
  }

  for (const [orderBy, expected] of [
    ["port desc", ["web-1/c", "web-1/a", "web-2/b"]],
    ["service, port desc", ["web-2/b", "web-1/c", "web-1/a"]],
    ["lease_id", ["web-1/a", "web-2/b", "web-1/c"]],
    ["host_id desc", ["web-2/b", "web-1/a", "web-1/c"]],
    ["create_time", ["web-1/a", "web-1/c", "web-2/b"]],
  ] as const) {
    it(`orders by ${orderBy}, page by page`, async () => {
      const seen: string[] = [];
      let pageToken = "";
      do {
        const page = await list(lab.view, { orderBy, pageSize: 1, pageToken });
        assert.equal(page.totalSize, 3);
        seen.push(...namesOf(page));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      assert.deepEqual(seen, expected);
    });
  }

  it("refuses fields that leases do not have, with those that they have", async () => {
    await assert.rejects(list(lab.view, { filter: "ttl > 3s" }), {
      code: "field_invalid",
      message: /"ttl" is no field; the fields are host_id, lease_id, state, .*create_time, labels/,
    });
    await assert.rejects(list(lab.view, { orderBy: "pool" }), {
      code: "field_invalid",
      message: /the fields are host_id, lease_id, port, service, create_time/,
    });
  });

  it("takes the token of a page only with the same filter and order", async () => {
    const asked = { filter: "port > 1", orderBy: "port", pageSize: 1 };
    const { nextPageToken: pageToken } = await list(lab.view, asked);
    assert.equal((await list(lab.view, { ...asked, pageSize: 2, pageToken })).leases.length, 2);
    for (const other of [{ filter: "port > 2" }, { orderBy: "port desc" }]) {
      await assert.rejects(list(lab.view, { ...asked, ...other, pageToken }), {
        code: "page_token_invalid",
      });
    }
  });

  for (const [filter, expected] of [
    ['service = "orders"', "leasesOfService orders"],
    ['service = "orders" AND labels.zone = a', "leasesOfService orders"],
    ["port = 20012", "leasesAtPort 20012"],
    ['host_id = "web-1" AND service = "orders"', "leasesOf web-1"],
    ["service = orders OR service = billing", "leases"],
  ] as const) {
    it(`begins at ${expected} for ${filter}`, async () => {
      const { view, calls } = watched(lab.view);
      const page = await list(view, { filter });
      assert.deepEqual(calls, [expected]);
      assert.ok(page.leases.length > 0);
    });
  }

  it("reads no more than a page where nothing is asked but the next one", async () => {
    for (let index = 0; index < 50; index += 1) lab.lease("web-3", `l${index}`);
    const { nextPageToken: pageToken } = await list(lab.view, { pageSize: 2 });
    let read = 0;
    const counted = function* (...args: Parameters<FleetReader["leases"]>) {
      for (const lease of lab.view.leases(...args)) {
        read += 1;
        yield lease;
      }
    };
    const view = new Proxy<FleetReader>(lab.view, {
      get: (target, name) =>
        name === "leases" ? counted : (Reflect.get(target, name, target) as unknown),
    });
    const page = await list(view, { pageSize: 2, pageToken });
    assert.deepEqual(namesOf(page), ["web-2/b", "web-3/l0"]);
    assert.equal(page.totalSize, 53);
    assert.equal(read, 3);
  });

  it("lets the process do other work within a long list, and stops when nobody waits for it", async () => {
    for (let index = 0; index < 500; index += 1) lab.lease("web-3", `l${index}`);
    const abort = new AbortController();
    // Each look at the clock takes longer than a slice may.
    const slow = { monotonicMs: () => (lab.clock.advance(10), lab.clock.monotonicMs()) };
    let turns = 0;
    const slices = new Slices({ ...slow, wallMs: () => 0 }, async () => {
      turns += 1;
      if (turns === 3) abort.abort();
      await nextTurn();
    });
    const reading = { ...wholeReading(), slices, signal: abort.signal };
    await assert.rejects(list(lab.view, { filter: "port > 1" }, reading), { code: "cancelled" });
    assert.equal(turns, 3);
  });

  it("misses no lease of a host where another one ends while the page is read", async () => {
    for (let index = 100; index < 300; index += 1) lab.lease("web-3", `l${index}`);
    const slow = { monotonicMs: () => (lab.clock.advance(10), lab.clock.monotonicMs()) };
    let ended = 100;
    const slices = new Slices({ ...slow, wallMs: () => 0 }, () => {
      lab.view.removeLease("web-3", `l${ended}`);
      ended += 1;
      return Promise.resolve();
    });
    const reading = { ...wholeReading(), slices };
    const request = { filter: 'host_id = "web-3"', pageSize: 1_000 };
    const found = new Set(namesOf(await list(lab.view, request, reading)));
    assert.ok(ended > 101);
    const there = lab.view.leasesOf("web-3").map(({ leaseId }) => `web-3/${leaseId}`);
    assert.deepEqual(
      there.filter((name) => !found.has(name)),
      [],
    );
  });
});
