// ListLeases: pages in order of lease id, with an opaque token that carries where to go on.

import type {
  ListLeasesRequest,
  ListLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import { toWireLease } from "./convert.js";
import { decodePageToken, encodePageToken, pageSize } from "./page.js";
import { notAvailable } from "./parse.js";

export function listLeases(
  broker: Broker,
  clock: Clock,
  request: ListLeasesRequest,
): ListLeasesResponse {
  if (request.filter !== "") throw notAvailable("filter");
  if (request.orderBy !== "") throw notAvailable("order_by");
  const size = pageSize(request.pageSize);
  const after = decodePageToken("leases", request.pageToken);
  const leases = [];
  let totalSize = 0;
  let more = false;
  for (const lease of broker.leases()) {
    totalSize += 1;
    if (lease.record.leaseId <= after) continue;
    if (leases.length < size) leases.push(toWireLease(lease, clock));
    else more = true;
  }
  return {
    leases,
    nextPageToken: more ? encodePageToken("leases", leases.at(-1)?.leaseId ?? "") : "",
    totalSize,
    revision: BigInt(broker.revision),
  };
}
