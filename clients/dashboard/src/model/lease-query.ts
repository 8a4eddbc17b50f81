// What the lease table shows, as the address keeps it: a link to it shows the same to another person.

import type { LeaseChoice } from "./lease-filter.js";

export interface LeaseTableQuery extends LeaseChoice {
  readonly orderBy: LeaseOrder;
}

/** A field of the filter, with " desc" or without. */
export type LeaseOrder = string;

/** The columns that the broker can sort by. */
export const sortableFields = ["port", "service", "pool", "create_time", "binding", "ttl"];

export const defaultOrder: LeaseOrder = "port";

export function parseLeaseQuery(params: URLSearchParams): LeaseTableQuery {
  const orderBy = params.get("order") ?? defaultOrder;
  const [field = "", direction] = orderBy.split(" ");
  const isKnown =
    sortableFields.includes(field) && (direction === undefined || direction === "desc");
  return {
    search: params.get("search") ?? "",
    pool: params.get("pool") ?? "",
    condition: params.get("state") ?? "",
    orderBy: isKnown ? orderBy : defaultOrder,
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

/** Ascending first, then descending. */
export function nextOrder(orderBy: LeaseOrder, field: string): LeaseOrder {
  return orderBy === field ? `${field} desc` : field;
}
