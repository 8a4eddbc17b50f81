// What the lease table shows, as the address keeps it: a link to it shows the same to another person.

import type { LeaseChoice } from "./lease-filter.js";
import { knownOrder, type TableOrder } from "./table-order.js";

export interface LeaseTableQuery extends LeaseChoice {
  readonly orderBy: TableOrder;
}

/** The columns that the broker can sort by. */
export const sortableFields = ["port", "service", "pool", "create_time", "binding", "ttl"];

export const defaultOrder: TableOrder = "port";

export function parseLeaseQuery(params: URLSearchParams): LeaseTableQuery {
  return {
    search: params.get("search") ?? "",
    pool: params.get("pool") ?? "",
    condition: params.get("state") ?? "",
    orderBy: knownOrder(params.get("order"), sortableFields, defaultOrder),
  };
}

/** The address of the table with this query; what is as usual is left out. */
export function leaseTableLink({ search, pool, condition, orderBy }: LeaseTableQuery): string {
  const params = new URLSearchParams();
  if (search !== "") params.set("search", search);
  if (pool !== "") params.set("pool", pool);
  if (condition !== "") params.set("state", condition);
  if (orderBy !== defaultOrder) params.set("order", orderBy);
  const text = params.toString();
  return text === "" ? "#/leases" : `#/leases?${text}`;
}
