// A page of leases of the fleet as a table. STALE ones say for how long their host has not been heard.

import type { VNode } from "preact";
import { dateTimeText, durationMs, portsText, protocolText, spanText } from "../../model/format.js";
import type { TableOrder } from "../../model/table-order.js";
import { Badge, BindingBadges } from "../../parts/lease-badges.js";
import { type Column, TableHead } from "../../parts/table-head.js";
import type { FleetLease } from "../api/fleet-messages.js";
import { hostLink, serviceLink } from "../model/fleet-route.js";
import { LabelTags } from "./label-tags.js";

const columns: readonly Column[] = [
  { label: "Port", field: "port", from: "always" },
  { label: "Service", field: "service", from: "always" },
  { label: "Host", field: "host_id", from: "always" },
  { label: "State", field: null, from: "always" },
  { label: "Pool", field: null, from: "medium" },
  { label: "Labels", field: null, from: "wide" },
  { label: "Granted", field: "create_time", from: "wide" },
];

export interface FleetLeaseTableProps {
  readonly leases: readonly FleetLease[];
  /** Of one host only: the column of the host would say the same everywhere. */
  readonly isOfOneHost: boolean;
  readonly orderBy: TableOrder;
  readonly onSort: (orderBy: TableOrder) => void;
}

export function FleetLeaseTable(props: FleetLeaseTableProps): VNode {
  const { leases, isOfOneHost, orderBy, onSort } = props;
  const shown = columns.filter(({ field }) => !(isOfOneHost && field === "host_id"));
  return (
    <table class="table">
      <TableHead columns={shown} orderBy={orderBy} onSort={onSort} />
      <tbody>
        {leases.map((lease) => (
          <LeaseRow key={`${lease.hostId} ${lease.leaseId}`} lease={lease} hasHost={!isOfOneHost} />
        ))}
      </tbody>
    </table>
  );
}

function LeaseRow({
  lease,
  hasHost,
}: {
  readonly lease: FleetLease;
  readonly hasHost: boolean;
}): VNode {
  const { service, instance, hostId } = lease;
  return (
    <tr class={lease.state === "STATE_STALE" ? "row-stale" : ""}>
      <td class="from-always">
        <span class="mono">{portsText(lease.port, lease.portCount)}</span>
        {lease.protocol !== "PROTOCOL_TCP" && (
          <span class="quiet small"> {protocolText(lease.protocol)}</span>
        )}
      </td>
      <td class="from-always cell-service">
        {service === "" ? (
          <i class="quiet">unnamed</i>
        ) : (
          <a class="row-link" href={serviceLink(service)}>
            {service}
          </a>
        )}
        {instance !== "" && <span class="quiet cell-instance"> {instance}</span>}
      </td>
      {hasHost && (
        <td class="from-always cell-service">
          <a href={hostLink(hostId)}>{hostId}</a>
        </td>
      )}
      <td class="from-always">
        <LeaseState lease={lease} />
      </td>
      <td class="from-medium">{lease.pool}</td>
      <td class="from-wide">
        <LabelTags labels={lease.labels} />
      </td>
      <td class="from-wide number-cell">{dateTimeText(lease.createTime)}</td>
    </tr>
  );
}

export function LeaseState({ lease }: { readonly lease: FleetLease }): VNode {
  const staleMs = durationMs(lease.staleAge);
  return (
    <span class="badges">
      {lease.state === "STATE_STALE" ? (
        <Badge level="warning">{`STALE${staleMs === null ? "" : `, ${spanText(staleMs)} old`}`}</Badge>
      ) : (
        <BindingBadges {...lease} />
      )}
    </span>
  );
}
