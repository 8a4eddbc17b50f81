// A page of hosts as a table whose columns sort. Narrow screens get fewer columns; everything is on the host's own page.

import type { VNode } from "preact";
import { countText, dateTimeText } from "../../model/format.js";
import type { TableOrder } from "../../model/table-order.js";
import { type Column, TableHead } from "../../parts/table-head.js";
import type { Host } from "../api/fleet-messages.js";
import { hostLink } from "../model/fleet-route.js";
import { utilisation } from "../model/host-words.js";
import { HostState, Silence } from "./host-state.js";
import { LabelTags } from "./label-tags.js";
import { UseShare } from "./use-share.js";

const columns: readonly Column[] = [
  { label: "Host", field: "host_id", from: "always" },
  { label: "State", field: "state", from: "always" },
  { label: "Used", field: "utilisation", from: "always" },
  { label: "Leases", field: "leases", from: "medium" },
  { label: "Free", field: "free", from: "medium" },
  { label: "Problems", field: "problems", from: "medium" },
  { label: "Labels", field: null, from: "wide" },
  { label: "Last heard", field: "last_heard_time", from: "wide" },
  { label: "Version", field: null, from: "wide" },
];

export interface HostTableProps {
  readonly hosts: readonly Host[];
  readonly orderBy: TableOrder;
  readonly onSort: (orderBy: TableOrder) => void;
}

export function HostTable({ hosts, orderBy, onSort }: HostTableProps): VNode {
  return (
    <table class="table host-table">
      <TableHead columns={columns} orderBy={orderBy} onSort={onSort} />
      <tbody>
        {hosts.map((host) => (
          <HostRow key={host.hostId} host={host} />
        ))}
      </tbody>
    </table>
  );
}

function HostRow({ host }: { readonly host: Host }): VNode {
  return (
    <tr>
      <td class="from-always cell-service">
        <a class="row-link" href={hostLink(host.hostId)}>
          {host.hostId}
        </a>
      </td>
      <td class="from-always">
        <HostState host={host} />
        <Silence host={host} />
      </td>
      <td class="from-always">
        <UseShare percent={utilisation(host)} />
      </td>
      <td class="from-medium">{countText(host.leases)}</td>
      <td class="from-medium">{host.usage === undefined ? "–" : countText(host.usage.free)}</td>
      <td class="from-medium">{countText(host.problems.length)}</td>
      <td class="from-wide">
        <LabelTags labels={host.labels} />
      </td>
      <td class="from-wide number-cell">{dateTimeText(host.lastHeardTime)}</td>
      <td class="from-wide">{host.version}</td>
    </tr>
  );
}
