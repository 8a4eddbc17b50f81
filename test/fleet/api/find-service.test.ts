import assert from "node:assert/strict";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  FindServiceRequest,
  type FindServiceResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { findService } from "#fleet/api/find-service.js";
import { fleetLab, type FleetLab, wholeReading } from "../../support/fleet-samples.js";

describe("FindService", () => {
  let lab: FleetLab;

  const find = (request: Partial<FindServiceRequest>): Promise<FindServiceResponse> =>
    findService(
      lab.view,
      FindServiceRequest.fromPartial({ service: "orders", ...request }),
      wholeReading(),
    );
  const placesOf = async (request: Partial<FindServiceRequest> = {}): Promise<readonly string[]> =>
    (await find(request)).endpoints.map(({ address, port }) => `${address} ${port}`);

  beforeEach(() => {
    lab = fleetLab();
    lab.host("b", { address: "10.0.0.2" });
    lab.host("a", { address: "" });
    lab.lease("b", "l1", { port: 20_009, labels: { zone: "x", tier: "1" } });
    lab.lease("b", "l2", { port: 20_003, labels: { zone: "y" }, protocol: "udp" });
    lab.lease("a", "l3", { port: 20_005, labels: { zone: "x" }, protocol: "tcp-and-udp" });
    lab.lease("a", "l4", { service: "billing" });
    lab.lease("a", "l5", { service: "" });
  });

  it("says where, by host id and port; a host without an address is named", async () => {
    assert.deepEqual(await placesOf(), ["a 20005", "10.0.0.2 20003", "10.0.0.2 20009"]);
  });

  it("pages", async () => {
    const first = await find({ pageSize: 2 });
    const second = await find({ pageSize: 2, pageToken: first.nextPageToken });
    assert.deepEqual(
      second.endpoints.map(({ lease }) => lease?.leaseId),
      ["l1"],
    );
    assert.equal(second.nextPageToken, "");
    const others: readonly Partial<FindServiceRequest>[] = [
      { labels: { zone: "x" } },
      { includeStale: true },
      { protocol: Protocol.PROTOCOL_TCP },
    ];
    for (const other of others) {
      await assert.rejects(find({ pageToken: first.nextPageToken, ...other }), {
        code: "page_token_invalid",
      });
    }
  });

  it("wants all labels and the protocol", async () => {
    assert.deepEqual(await placesOf({ labels: { zone: "x" } }), ["a 20005", "10.0.0.2 20009"]);
    assert.deepEqual(await placesOf({ labels: { zone: "x", tier: "1" } }), ["10.0.0.2 20009"]);
    assert.deepEqual(await placesOf({ labels: { constructor: "x" } }), []);
    assert.deepEqual(await placesOf({ protocol: Protocol.PROTOCOL_UDP }), [
      "a 20005",
      "10.0.0.2 20003",
    ]);
  });

  it("leaves out hosts that are not heard from, unless asked for them", async () => {
    lab.view.removePresence("b");
    assert.deepEqual(await placesOf(), ["a 20005"]);
    assert.equal((await placesOf({ includeStale: true })).length, 3);
  });

  it("has no endpoints for an unknown service, and none for no name", async () => {
    assert.deepEqual(await placesOf({ service: "nobody" }), []);
    assert.deepEqual(await placesOf({ service: "" }), []);
  });

  it("refuses what it does not understand", async () => {
    await assert.rejects(find({ protocol: 99 as Protocol }), { code: "field_invalid" });
    await assert.rejects(find({ pageSize: -1 }), { code: "field_invalid" });
    const labels = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, ""]));
    await assert.rejects(find({ labels }), { code: "field_invalid" });
  });
});
