// The leases as a table: searched, filtered, sorted and paged by the broker, and kept up to date without moving under the eyes.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import { useLoaded } from "../app/use-loaded.js";
import { usePages, useStepBack } from "../app/use-pages.js";
import { leaseFilter } from "../model/lease-filter.js";
import { leaseTableLink, type LeaseTableQuery, parseLeaseQuery } from "../model/lease-query.js";
import { Command } from "../parts/command.js";
import { LeaseSearch } from "../parts/lease-search.js";
import { LeaseTable } from "../parts/lease-table.js";
import { Empty, Loading, Refusal } from "../parts/notice.js";
import { Pager } from "../parts/pager.js";

const pageSize = 50;
const refreshEveryMs = 2_000;

export function LeasesView({ query: params }: { readonly query: URLSearchParams }): VNode {
  const query = parseLeaseQuery(params);
  const filter = leaseFilter(query);
  return (
    <>
      <div class="page-head">
        <h1>Leases</h1>
      </div>
      <LeaseSearch query={query} onChange={show} />
      <LeasePages query={query} filter={filter} />
    </>
  );
}

/** Without an entry in the browser's history: going back leads to where one came from. */
function show(query: LeaseTableQuery): void {
  location.replace(leaseTableLink(query));
}

function LeasePages({
  query,
  filter,
}: {
  readonly query: LeaseTableQuery;
  readonly filter: string;
}): VNode {
  const { api } = useDashboard();
  const question = `${filter}\n${query.orderBy}`;
  const pages = usePages(question);
  const { data, atMs, error, loading } = useLoaded(
    `${question}\n${pages.pageToken}`,
    (signal) => {
      const { pageToken } = pages;
      return api.listLeases({ filter, orderBy: query.orderBy, pageSize, pageToken }, signal);
    },
    { everyMs: refreshEveryMs, keep: true },
  );
  useStepBack(pages, data !== null && data.leases.length === 0);

  // What was found before is no answer to a filter that cannot be read.
  if (error?.code === "invalid_argument") return <Refusal error={error} />;
  if (data === null) return error === null ? <Loading what="leases" /> : <Refusal error={error} />;
  if (data.leases.length === 0) return <NoLeases isFiltered={filter !== ""} />;
  return (
    <section class="card table-card" aria-label="Leases" aria-busy={loading}>
      {error !== null && <Refusal error={error} />}
      <LeaseTable
        leases={data.leases}
        atMs={atMs}
        query={query}
        onSort={(orderBy) => show({ ...query, orderBy })}
      />
      <Pager
        first={pages.index * pageSize + 1}
        shown={data.leases.length}
        total={data.totalSize}
        onPrevious={pages.previous}
        onNext={pages.next(data.nextPageToken)}
      />
    </section>
  );
}

function NoLeases({ isFiltered }: { readonly isFiltered: boolean }): VNode {
  if (isFiltered) {
    return (
      <Empty title="No lease fits">
        <p>
          <a href="#/leases">Show all leases</a>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No port is leased yet">
      <p>Start a program with a leased port in PORT:</p>
      <Command text="portlease run --service hello -- node server.js" />
      <p>Or lease one for five minutes by hand:</p>
      <Command text="portlease acquire --service hello --ttl 5m" />
    </Empty>
  );
}
