// Leases with the longest labels: a page of a thousand would be larger than what clients of gRPC take.

import assert from "node:assert/strict";
import {
  ListLeaseEventsRequest,
  type ListLeaseEventsResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { leaseBytesMax } from "#server/grpc/page-bytes.js";
import { request as newRequest } from "../support/broker-fixture.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { unary } from "../support/lease-caller.js";
import { longLabels } from "../support/watch-caller.js";

/** Together more than 4 MiB, in an answer and as events. */
const leaseCount = 500;
const holder = { service: "large", instance: "", labels: longLabels, process: null };

describe("Pages of large leases", () => {
  let imaginary: ImaginaryBroker;

  before(async () => {
    imaginary = await startImaginaryBroker({ portCount: leaseCount });
    for (let count = 0; count < leaseCount; count += 1) {
      await imaginary.broker.acquire(newRequest({ holder }));
    }
  });
  after(() => imaginary.stop());

  it("come as several, and miss no lease", async () => {
    const leases = await imaginary.caller.list(1_000);
    assert.equal(new Set(leases.map(({ leaseId }) => leaseId)).size, leaseCount);
  });

  it("come as several, and miss no event", async () => {
    const client = imaginary.caller.adminClient;
    const list = (pageToken: string): Promise<ListLeaseEventsResponse> =>
      unary(
        client.listLeaseEvents.bind(client),
        ListLeaseEventsRequest.fromPartial({ pageSize: 1_000, pageToken }),
      );
    const revisions = new Set<bigint>();
    let pageToken = "";
    do {
      const page = await list(pageToken);
      for (const { revision } of page.events) revisions.add(revision);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    assert.equal(revisions.size, leaseCount);
  });

  it("are counted with as many bytes as a lease can take, whatever its characters are", async () => {
    const [first] = await imaginary.caller.list(1_000);
    assert.ok(first !== undefined);
    for (const character of ["x", "ä", "€", "😀", "\0"]) {
      const text = (units: number): string => character.repeat(units / character.length);
      const entries = Array.from({ length: 32 }, (_, index) => [`${text(60)}${index}`, text(254)]);
      const odd = {
        service: text(128),
        instance: text(128),
        labels: Object.fromEntries(entries) as Record<string, string>,
        process: null,
      };
      const bytes = Lease.encode({
        ...first,
        holder: { ...odd, process: first.holder?.process },
      }).finish().length;
      assert.ok(bytes < leaseBytesMax(odd), `${character}: ${bytes}`);
    }
  });
});
