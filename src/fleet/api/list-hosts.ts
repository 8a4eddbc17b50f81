// ListHosts: a page of the hosts that a filter matches, in an order.

import type {
  ListHostsRequest,
  ListHostsResponse,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import { parseFilter } from "../../server/grpc/filter.js";
import { parseOrderBy } from "../../server/grpc/order-by.js";
import { encodePosition, pageSize, positionInOrder } from "../../server/grpc/page.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { fittingMessages } from "./fitting-messages.js";
import { hostFields } from "./host-fields.js";
import { type Reading, slicedPage } from "./sliced-page.js";
import { toWireHost } from "./wire-fleet.js";

const list = "hosts";

export async function listHosts(
  view: FleetReader,
  request: ListHostsRequest,
  reading: Reading,
): Promise<ListHostsResponse> {
  const asked = [request.filter, request.orderBy];
  const { matches } = parseFilter(request.filter, hostFields);
  const order = parseOrderBy(request.orderBy, hostFields);
  const after = positionInOrder(order, list, asked, request.pageToken);
  const size = pageSize(request.pageSize);
  const question = { matches, order, after, size, itemCount: view.hostCount };
  const page = await slicedPage(view.hosts(), question, reading);
  const hosts = page.chosen.map(({ item }) => toWireHost(item));
  const shown = fittingMessages(hosts);
  const last = page.chosen[shown.length - 1]?.key;
  const more = page.more || shown.length < hosts.length;
  return {
    hosts: shown,
    nextPageToken: more && last !== undefined ? encodePosition(list, asked, last) : "",
    totalSize: page.totalSize,
  };
}
