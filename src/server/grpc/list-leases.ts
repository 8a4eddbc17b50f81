// ListLeases: a page of the leases that a filter matches, in an order. A page token carries the sort key of the last lease
// sent, so that pages neither repeat nor skip a lease when others come and go between them.

import type {
  ListLeasesRequest,
  ListLeasesResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { Clock } from "../domain/boundaries.js";
import type { Broker } from "../domain/broker.js";
import type { ActiveLease } from "../domain/lease-table.js";
import { toWireLease } from "./convert.js";
import { parseFilter } from "./filter.js";
import { FirstOnes, type LeaseSelection, SmallestOnes } from "./lease-selection.js";
import { type LeaseOrder, parseOrderBy, type SortKey } from "./order-by.js";
import { decodePosition, encodePosition, pageSize, pageTokenOfAnother } from "./page.js";
import { fitting } from "./page-bytes.js";

export function listLeases(
  broker: Pick<Broker, "leases" | "revision">,
  clock: Clock,
  request: ListLeasesRequest,
): ListLeasesResponse {
  const asked = [request.filter, request.orderBy];
  const { matches } = parseFilter(request.filter);
  const order = parseOrderBy(request.orderBy);
  const size = pageSize(request.pageSize);
  const after = positionOf(order, asked, request.pageToken);
  const selection = selectionOf(order, after, size);
  let totalSize = 0;
  for (const lease of broker.leases()) {
    if (!matches(lease.record)) continue;
    totalSize += 1;
    selection.offer(lease);
  }
  const { leases: selected, more: others } = selection.result();
  const leases = fitting(selected, ({ record }) => record.holder);
  const more = others || leases.length < selected.length;
  const last = leases.at(-1)?.record;
  return {
    leases: leases.map((lease) => toWireLease(lease, clock)),
    nextPageToken:
      more && last !== undefined ? encodePosition("leases", asked, order.keyOf(last)) : "",
    totalSize,
    revision: BigInt(broker.revision),
  };
}

function positionOf(order: LeaseOrder, asked: readonly string[], token: string): SortKey | null {
  const position = decodePosition("leases", asked, token);
  if (position === null || order.isKey(position)) return position;
  throw pageTokenOfAnother();
}

function selectionOf(
  order: LeaseOrder,
  after: SortKey | null,
  size: number,
): LeaseSelection<ActiveLease> {
  if (!order.isDefault) return new SmallestOnes(order, after, size);
  return new FirstOnes(String(after?.[0] ?? ""), size);
}
