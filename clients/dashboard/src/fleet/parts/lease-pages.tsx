// Leases of the fleet, page by page from the fleet server, and asked for again when the fleet has changed.

import { useComputed } from "@preact/signals";
import type { VNode } from "preact";
import { useLoaded } from "../../app/use-loaded.js";
import { usePages, useStepBack } from "../../app/use-pages.js";
import { plural } from "../../model/format.js";
import { knownOrder, type TableOrder } from "../../model/table-order.js";
import { Loading, Refusal } from "../../parts/notice.js";
import { Pager } from "../../parts/pager.js";
import { useFleet } from "../app/fleet-dashboard.js";
import { FleetLeaseTable } from "./fleet-lease-table.js";

export const leasePageSize = 50;
/** A page of fifty costs the fleet server a look at all leases that fit. */
const refreshEveryMs = 3_000;

const sortableFields = ["host_id", "port", "service", "create_time"];

export interface LeasePagesProps {
  readonly filter: string;
  readonly isOfOneHost: boolean;
  /** As the address has it. */
  readonly order: string | null;
  readonly onSort: (orderBy: TableOrder) => void;
  /** What stands there when there is none. */
  readonly none: VNode;
}

export function LeasePages({ filter, isOfOneHost, order, onSort, none }: LeasePagesProps): VNode {
  const { api, live, nowMs } = useFleet();
  // The age of STALE leases goes on also where nothing changes.
  const minute = useComputed(() => Math.floor(nowMs.value / 60_000)).value;
  const orderBy = knownOrder(order, sortableFields, isOfOneHost ? "port" : "host_id");
  const question = `${filter}\n${orderBy}`;
  const pages = usePages(question);
  const { data, error, loading } = useLoaded(
    `${question}\n${pages.pageToken}`,
    (signal) => {
      const { pageToken } = pages;
      return api.listLeases({ filter, orderBy, pageSize: leasePageSize, pageToken }, signal);
    },
    {
      everyMs: refreshEveryMs,
      keep: true,
      stamp: `${live.state.value.fleet?.changes ?? ""} ${minute}`,
    },
  );
  useStepBack(pages, data !== null && data.leases.length === 0);

  // What was found before is no answer to a filter that cannot be read.
  if (error?.code === "invalid_argument") return <Refusal error={error} />;
  if (data === null) return error === null ? <Loading what="leases" /> : <Refusal error={error} />;
  if (data.leases.length === 0) return none;
  return (
    <section class="card table-card" aria-labelledby="leases-title" aria-busy={loading}>
      <h2 id="leases-title" class="table-title">
        {plural(data.totalSize, "lease")}
      </h2>
      {error !== null && <Refusal error={error} />}
      <FleetLeaseTable
        leases={data.leases}
        isOfOneHost={isOfOneHost}
        orderBy={orderBy}
        onSort={onSort}
      />
      <Pager
        first={pages.index * leasePageSize + 1}
        shown={data.leases.length}
        total={data.totalSize}
        onPrevious={pages.previous}
        onNext={pages.next(data.nextPageToken)}
      />
    </section>
  );
}
