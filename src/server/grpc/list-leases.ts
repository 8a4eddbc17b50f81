// ListLeases: a page of the leases that a filter matches, in an order. A page token carries the sort key of the last lease
// sent, so that pages neither repeat nor skip a lease when others come and go between them.

import type {
  ListLeasesRequest,
  ListLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { ActiveLease } from "../domain/lease-table.js";
import type { LeaseRecord } from "../domain/records.js";
import { stoppedAt, toWireLease } from "./convert.js";
import { parseFilter } from "./filter.js";
import { leaseFields } from "./lease-fields.js";
import { type Order, parseOrderBy } from "./order-by.js";
import { encodePosition, pageSize, positionInOrder } from "./page.js";
import { fitting } from "./page-bytes.js";
import { selectionOf } from "./selection.js";

export function listLeases(
  broker: Pick<Broker, "leases" | "revision">,
  clock: Clock,
  request: ListLeasesRequest,
): ListLeasesResponse {
  const asked = [request.filter, request.orderBy];
  const { matches } = parseFilter(request.filter, leaseFields);
  const order = parseOrderBy(request.orderBy, leaseFields);
  const size = pageSize(request.pageSize);
  const after = positionInOrder(order, "leases", asked, request.pageToken);
  const selection = selectionOf(ofRecords(order), after, size);
  let totalSize = 0;
  for (const lease of broker.leases()) {
    if (!matches(lease.record)) continue;
    totalSize += 1;
    selection.offer(lease);
  }
  const { chosen: selected, more: others } = selection.result();
  const chosen = fitting(selected, ({ item }) => item.record.holder);
  const more = others || chosen.length < selected.length;
  const last = chosen.at(-1)?.key;
  const now = stoppedAt(clock);
  return {
    leases: chosen.map(({ item }) => toWireLease(item, now)),
    nextPageToken: more && last !== undefined ? encodePosition("leases", asked, last) : "",
    totalSize,
    revision: BigInt(broker.revision),
  };
}

function ofRecords(order: Order<LeaseRecord>): Order<ActiveLease> {
  return {
    ...order,
    keyOf: ({ record }) => order.keyOf(record),
    compareTo: ({ record }, key) => order.compareTo(record, key),
  };
}
