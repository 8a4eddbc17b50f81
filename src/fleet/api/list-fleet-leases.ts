// ListFleetLeases: a page of the leases of all hosts. Begins at an index where the filter allows it, and counts only what it must.

import type {
  ListFleetLeasesRequest,
  ListFleetLeasesResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { type Filter, parseFilter } from "../../server/grpc/filter.js";
import { parseOrderBy, type SortKey } from "../../server/grpc/order-by.js";
import { encodePosition, pageSize, positionInOrder } from "../../server/grpc/page.js";
import type { Chosen } from "../../server/grpc/selection.js";
import type { FleetLease } from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { fittingMessages } from "./fitting-messages.js";
import { fleetLeaseFields } from "./fleet-lease-fields.js";
import { type PageQuestion, type Reading, type SlicedPage, slicedPage } from "./sliced-page.js";
import { toWireFleetLease } from "./wire-fleet.js";

const list = "fleet-leases";

export async function listFleetLeases(
  view: FleetReader,
  request: ListFleetLeasesRequest,
  reading: Reading,
): Promise<ListFleetLeasesResponse> {
  const asked = [request.filter, request.orderBy];
  const filter = parseFilter(request.filter, fleetLeaseFields);
  const order = parseOrderBy(request.orderBy, fleetLeaseFields);
  const after = positionInOrder(order, list, asked, request.pageToken);
  const size = pageSize(request.pageSize);
  const everything = request.filter.trim() === "";
  const page =
    everything && order.isDefault
      ? { ...firstOnes(view, after, size), totalSize: view.leaseCount }
      : await lookedThrough(view, filter, { order, after, size }, reading);
  const found = page.chosen.map(({ item }) => toWireFleetLease(item, view));
  const leases = fittingMessages(found);
  const last = page.chosen[leases.length - 1]?.key;
  const more = page.more || leases.length < found.length;
  return {
    leases,
    nextPageToken: more && last !== undefined ? encodePosition(list, asked, last) : "",
    totalSize: page.totalSize,
  };
}

function lookedThrough(
  view: FleetReader,
  filter: Filter<FleetLease>,
  wanted: Pick<PageQuestion<FleetLease>, "order" | "after" | "size">,
  reading: Reading,
): Promise<SlicedPage<FleetLease>> {
  const found = indexed(view, filter);
  const itemCount = found?.length ?? view.leaseCount;
  const question = { ...wanted, matches: filter.matches, itemCount };
  return slicedPage(found ?? view.leases(), question, reading);
}

/** All that can match, by host id and lease id: what the filter demands is looked up; `null` where there is no index of it. */
function indexed(view: FleetReader, { demands }: Filter<FleetLease>): readonly FleetLease[] | null {
  const port = demands.get("port");
  if (port !== undefined) return view.leasesAtPort(Number(port));
  const hostId = demands.get("host_id");
  if (hostId !== undefined) return view.leasesOf(hostId);
  const service = demands.get("service");
  if (service !== undefined) return view.leasesOfService(service);
  return null;
}

/** Of all leases, in the order in which they are kept: nothing needs to be compared, and nothing before the page read. */
function firstOnes(
  view: FleetReader,
  after: SortKey | null,
  size: number,
): { readonly chosen: readonly Chosen<FleetLease>[]; readonly more: boolean } {
  const [hostId = "", leaseId = ""] = after?.map(String) ?? [];
  const chosen: Chosen<FleetLease>[] = [];
  for (const item of view.leases(after === null ? null : { hostId, leaseId })) {
    if (chosen.length === size) return { chosen, more: true };
    chosen.push({ item, key: [item.host.hostId, item.leaseId] });
  }
  return { chosen, more: false };
}
