// A page of leases as a table whose columns sort. Narrow screens get fewer columns; everything is on the lease's own page.

import type { VNode } from "preact";
import type { Lease } from "../api/messages.js";
import { dateTimeText, portsText, protocolText } from "../model/format.js";
import type { LeaseTableQuery } from "../model/lease-query.js";
import { leaseLink } from "../model/route.js";
import type { TableOrder } from "../model/table-order.js";
import { LeaseBadges } from "./lease-badges.js";
import { RemainingTime } from "./remaining-time.js";
import { type Column, TableHead } from "./table-head.js";

const columns: readonly Column[] = [
  { label: "Port", field: "port", from: "always" },
  { label: "Service", field: "service", from: "always" },
  { label: "State", field: "binding", from: "always" },
  { label: "Pool", field: "pool", from: "medium" },
  { label: "Time left", field: null, from: "always" },
  { label: "Granted", field: "create_time", from: "wide" },
  { label: "Process", field: null, from: "wide" },
  { label: "Lease", field: null, from: "wide" },
];

export interface LeaseTableProps {
  readonly leases: readonly Lease[];
  /** When the broker said it, by this browser's clock. */
  readonly atMs: number;
  readonly query: LeaseTableQuery;
  readonly onSort: (orderBy: TableOrder) => void;
}

export function LeaseTable({ leases, atMs, query, onSort }: LeaseTableProps): VNode {
  return (
    <table class="table">
      <TableHead columns={columns} orderBy={query.orderBy} onSort={onSort} />
      <tbody>
        {leases.map((lease) => (
          <LeaseRow key={lease.leaseId} lease={lease} atMs={atMs} />
        ))}
      </tbody>
    </table>
  );
}

function LeaseRow({ lease, atMs }: { readonly lease: Lease; readonly atMs: number }): VNode {
  const { service = "", instance = "", process } = lease.holder ?? {};
  return (
    <tr>
      <td class="from-always">
        <a class="row-link mono" href={leaseLink(lease.leaseId)}>
          {portsText(lease.port, lease.portCount)}
        </a>
        {lease.protocol !== "PROTOCOL_TCP" && (
          <span class="quiet small"> {protocolText(lease.protocol)}</span>
        )}
      </td>
      <td class="from-always cell-service">
        <span>{service === "" ? <i class="quiet">unnamed</i> : service}</span>
        {instance !== "" && <span class="quiet cell-instance"> {instance}</span>}
      </td>
      <td class="from-always">
        <LeaseBadges lease={lease} />
      </td>
      <td class="from-medium">{lease.pool}</td>
      <td class="from-always">
        <RemainingTime lease={lease} atMs={atMs} />
      </td>
      <td class="from-wide number-cell">{dateTimeText(lease.createTime)}</td>
      <td class="from-wide mono">{process === undefined ? "–" : process.processId}</td>
      <td class="from-wide mono quiet">{lease.leaseId}</td>
    </tr>
  );
}
