// FindService: where a service runs, by host id and port.

import type {
  FindServiceRequest,
  FindServiceResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { fieldInvalid } from "../../server/domain/refusals.js";
import { parseOrderBy } from "../../server/grpc/order-by.js";
import { encodePosition, pageSize, positionInOrder } from "../../server/grpc/page.js";
import { protocolOf } from "../../server/grpc/parse.js";
import type { FleetLease } from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { fittingMessages } from "./fitting-messages.js";
import { fleetLeaseFields } from "./fleet-lease-fields.js";
import { addressOf, coversProtocol, hasLabels, isStale } from "./service-endpoints.js";
import { type Reading, slicedPage } from "./sliced-page.js";
import { toWireFleetLease } from "./wire-fleet.js";

const list = "service-endpoints";
/** As many conditions as a filter may have. */
const labelsMax = 64;

/** The lease id only decides where a run of TCP and one of UDP begin at the same port. */
const order = parseOrderBy("host_id, port", fleetLeaseFields);

export async function findService(
  view: FleetReader,
  request: FindServiceRequest,
  reading: Reading,
): Promise<FindServiceResponse> {
  const { service, includeStale, pageToken } = request;
  const labels = new Map(Object.entries(request.labels));
  if (labels.size > labelsMax) {
    throw fieldInvalid("labels", `has ${labels.size} labels, at most ${labelsMax} are allowed`);
  }
  const protocol = protocolOf(request.protocol);
  const asked = [service, String(includeStale), String(protocol), ...sortedLabels(request.labels)];
  const matches = (lease: FleetLease): boolean =>
    (includeStale || !isStale(lease)) &&
    (protocol === null || coversProtocol(lease.record, protocol)) &&
    hasLabels(lease.record, labels);
  const after = positionInOrder(order, list, asked, pageToken);
  // Leases without a name are no service.
  const leases = service === "" ? [] : view.leasesOfService(service);
  const size = pageSize(request.pageSize);
  const question = { matches, order, after, size, itemCount: leases.length };
  const page = await slicedPage(leases, question, reading);
  const found = page.chosen.map(({ item }) => ({
    address: addressOf(item.host),
    port: item.record.port,
    lease: toWireFleetLease(item, view),
  }));
  const endpoints = fittingMessages(found);
  const last = page.chosen[endpoints.length - 1]?.key;
  const more = page.more || endpoints.length < found.length;
  return {
    endpoints,
    nextPageToken: more && last !== undefined ? encodePosition(list, asked, last) : "",
  };
}

/** The order in which a caller sends them means nothing. */
function sortedLabels(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(labels)
    .toSorted()
    .flatMap((key) => [key, labels[key] ?? ""]);
}
