import assert from "node:assert/strict";
import {
  ListHostsRequest,
  type ListHostsResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { getHost } from "#fleet/api/get-host.js";
import { listHosts } from "#fleet/api/list-hosts.js";
import {
  fleetLab,
  type FleetLab,
  samplePool,
  sampleProblem,
  wholeReading,
} from "../../support/fleet-samples.js";

describe("ListHosts and GetHost", () => {
  let lab: FleetLab;

  const list = (request: Partial<ListHostsRequest> = {}): Promise<ListHostsResponse> =>
    listHosts(lab.view, ListHostsRequest.fromPartial(request), wholeReading());
  const idsOf = async (request: Partial<ListHostsRequest>): Promise<readonly string[]> =>
    (await list(request)).hosts.map(({ hostId }) => hostId);
  const used = (percent: number) => {
    const { usage } = samplePool();
    return { pools: [samplePool({ usage: { ...usage, free: 100 - percent, leased: percent } })] };
  };

  beforeEach(() => {
    lab = fleetLab();
    lab.host("web-2", { ...used(95), labels: { zone: "b" }, problems: [sampleProblem()] });
    lab.clock.advance(1_000);
    lab.host("web-1", { ...used(10), labels: { zone: "a" }, version: "0.2.0" });
    lab.clock.advance(1_000);
    lab.host("db-1", { ...used(50), platform: "win32", serving: "read-only" });
    lab.lease("db-1", "a");
    lab.lease("db-1", "b");
    lab.lease("web-1", "a");
  });

  it("lists them by id, with how many there are", async () => {
    const page = await list({ pageSize: 2 });
    assert.deepEqual(
      page.hosts.map(({ hostId }) => hostId),
      ["db-1", "web-1"],
    );
    assert.equal(page.totalSize, 3);
    const { nextPageToken: pageToken } = page;
    assert.deepEqual(await idsOf({ pageSize: 2, pageToken }), ["web-2"]);
  });

  for (const [filter, expected] of [
    ["host_id = web-*", ["web-1", "web-2"]],
    ["host_name = db-1", ["db-1"]],
    ["address = *.example.com", ["db-1", "web-1", "web-2"]],
    ["state = HEARD_FROM", ["db-1", "web-1", "web-2"]],
    ["NOT state = heard-from", []],
    ["platform = win32", ["db-1"]],
    ['version = "0.2.0"', ["web-1"]],
    ["serving_state = SERVING_STATE_READ_ONLY", ["db-1"]],
    ["leases > 1", ["db-1"]],
    ["utilisation >= 50", ["db-1", "web-2"]],
    ["utilisation < 10.5", ["web-1"]],
    ["problems > 0", ["web-2"]],
    ["labels.zone = a", ["web-1"]],
  ] as const) {
    it(`filters by ${filter}`, async () => assert.deepEqual(await idsOf({ filter }), expected));
  }

  for (const [orderBy, expected] of [
    ["utilisation desc", ["web-2", "db-1", "web-1"]],
    ["free", ["web-2", "db-1", "web-1"]],
    ["last_heard_time", ["web-2", "web-1", "db-1"]],
    ["leases desc, host_id desc", ["db-1", "web-1", "web-2"]],
    ["problems desc", ["web-2", "db-1", "web-1"]],
    ["state, host_id desc", ["web-2", "web-1", "db-1"]],
  ] as const) {
    it(`orders by ${orderBy}`, async () => {
      assert.deepEqual(await idsOf({ orderBy }), expected);
      const first = await list({ orderBy, pageSize: 1 });
      const rest = await idsOf({ orderBy, pageToken: first.nextPageToken });
      assert.deepEqual(rest, expected.slice(1));
    });
  }

  it("has no problems of a host that was stopped, whatever its last words were", async () => {
    lab.host("web-2", { serving: "stopped", problems: [sampleProblem()] });
    assert.equal(getHost(lab.view, { hostId: "web-2" }).host?.problems.length, 1, "it is heard");
    lab.view.removePresence("web-2");
    assert.deepEqual(getHost(lab.view, { hostId: "web-2" }).host?.problems, []);
    assert.deepEqual(await idsOf({ filter: "problems > 0" }), []);
    assert.deepEqual(await idsOf({ orderBy: "problems desc" }), ["db-1", "web-1", "web-2"]);
  });

  it("refuses fields that hosts do not have, with those that they have", async () => {
    await assert.rejects(list({ filter: "port = 1" }), {
      code: "field_invalid",
      message:
        /fields are host_id, host_name, address, state, platform, version, serving_state, leases, utilisation, problems, labels/,
    });
    await assert.rejects(list({ orderBy: "platform" }), {
      message: /fields are host_id, state, last_heard_time, leases, utilisation, free, problems/,
    });
    await assert.rejects(list({ filter: "utilisation > high" }), { message: /no percentage/ });
  });

  it("ends a page before it is too large for an answer", async () => {
    // About 100 KB each.
    const problems = Array.from({ length: 100 }, () =>
      sampleProblem({ message: "x".repeat(1_000) }),
    );
    for (let index = 0; index < 60; index += 1) lab.host(`large-${index}`, { problems });
    const { hosts, nextPageToken, totalSize } = await list({ filter: "host_id = large-*" });
    assert.ok(hosts.length > 5 && hosts.length < 40, `${hosts.length} hosts`);
    assert.equal(totalSize, 60);
    const rest = await list({ filter: "host_id = large-*", pageToken: nextPageToken });
    assert.ok(!rest.hosts.some(({ hostId }) => hosts.some((each) => each.hostId === hostId)));
  });

  it("gets one of them, and says of an unknown one where to look", () => {
    assert.equal(getHost(lab.view, { hostId: "db-1" }).host?.leases, 2);
    assert.throws(() => getHost(lab.view, { hostId: "db-9" }), {
      code: "host_not_found",
      message: /no host of the fleet has the id "db-9"; .*portlease fleet hosts/,
    });
    const hostId = "ip-10-0-12-34.eu-west-1.compute.internal";
    assert.throws(() => getHost(lab.view, { hostId }), { message: new RegExp(`"${hostId}"`) });
  });
});
