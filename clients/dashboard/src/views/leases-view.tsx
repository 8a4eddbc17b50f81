// The leases as a table: searched, filtered, sorted and paged by the broker, and kept up to date without moving under the eyes.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import { useLoaded } from "../app/use-loaded.js";
import { countText } from "../model/format.js";
import { leaseFilter } from "../model/lease-filter.js";
import { leaseTableLink, type LeaseTableQuery, parseLeaseQuery } from "../model/lease-query.js";
import { Command } from "../parts/command.js";
import { LeaseSearch } from "../parts/lease-search.js";
import { LeaseTable } from "../parts/lease-table.js";
import { Empty, Loading, Refusal } from "../parts/notice.js";

const pageSize = 50;
const refreshEveryMs = 2_000;
const firstPage: readonly string[] = [""];

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
  // Where the pages until here begin, of this question; the first begins at "".
  const [begins, setBegins] = useState({ question, tokens: firstPage });
  const tokens = begins.question === question ? begins.tokens : firstPage;
  const setTokens = (next: readonly string[]): void => setBegins({ question, tokens: next });
  const pageToken = tokens.at(-1) ?? "";
  const { data, atMs, error, loading } = useLoaded(
    `${question}\n${pageToken}`,
    (signal) => api.listLeases({ filter, orderBy: query.orderBy, pageSize, pageToken }, signal),
    { everyMs: refreshEveryMs, keep: true },
  );
  const isPastEnd = data !== null && data.leases.length === 0 && tokens.length > 1;
  useEffect(() => {
    // The leases of this page have ended meanwhile.
    if (isPastEnd) setTokens(tokens.slice(0, -1));
  }, [isPastEnd]);

  // What was found before is no answer to a filter that cannot be read.
  if (error?.code === "invalid_argument") return <Refusal error={error} />;
  if (data === null) return error === null ? <Loading what="leases" /> : <Refusal error={error} />;
  if (data.leases.length === 0) return <NoLeases isFiltered={filter !== ""} />;
  const first = (tokens.length - 1) * pageSize + 1;
  return (
    <section class="card table-card" aria-label="Leases" aria-busy={loading}>
      {error !== null && <Refusal error={error} />}
      <LeaseTable
        leases={data.leases}
        atMs={atMs}
        query={query}
        onSort={(orderBy) => show({ ...query, orderBy })}
      />
      <div class="pager">
        <p role="status">
          {countText(first)}-{countText(first + data.leases.length - 1)} of{" "}
          {countText(data.totalSize)}
        </p>
        <button
          type="button"
          class="button"
          disabled={tokens.length === 1}
          onClick={() => setTokens(tokens.slice(0, -1))}
        >
          Previous
        </button>
        <button
          type="button"
          class="button"
          disabled={data.nextPageToken === ""}
          onClick={() => setTokens([...tokens, data.nextPageToken])}
        >
          Next
        </button>
      </div>
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
