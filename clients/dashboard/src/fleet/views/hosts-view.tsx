// The hosts as a table: filtered, sorted and paged here, since the page knows all of them, and live.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { Empty, Loading } from "../../parts/notice.js";
import { Pager } from "../../parts/pager.js";
import { SearchField } from "../../parts/search-field.js";
import { useFleet } from "../app/fleet-dashboard.js";
import {
  chosenHosts,
  hostConditions,
  type HostQuery,
  hostTableLink,
  parseHostQuery,
} from "../model/host-query.js";
import { HostTable } from "../parts/host-table.js";

const pageSize = 50;

export function HostsView({ query: params }: { readonly query: URLSearchParams }): VNode {
  const query = parseHostQuery(params);
  return (
    <>
      <div class="page-head">
        <h1>Hosts</h1>
      </div>
      <HostFilter query={query} />
      <HostPages query={query} />
    </>
  );
}

/** Without an entry in the browser's history: going back leads to where one came from. */
function show(query: HostQuery): void {
  location.replace(hostTableLink(query));
}

function HostFilter({ query }: { readonly query: HostQuery }): VNode {
  return (
    <form
      class="lease-search"
      aria-label="Filter the hosts"
      onSubmit={(event) => event.preventDefault()}
    >
      <SearchField
        label="Filter by name, address, version or label"
        placeholder="build-07, zone=a, linux"
        value={query.search}
        onChange={(search) => show({ ...query, search, page: 1 })}
      />
      <label class="inline-field">
        <span>State</span>
        <select
          class="input"
          value={query.state}
          onChange={(event) => show({ ...query, state: event.currentTarget.value, page: 1 })}
        >
          <option value="">all</option>
          {hostConditions.map(({ key, label }) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

function HostPages({ query }: { readonly query: HostQuery }): VNode {
  const { live } = useFleet();
  const { hosts, wasComplete } = live.state.value;
  const { search, state, orderBy } = query;
  const chosen = useMemo(() => chosenHosts(hosts, query), [hosts, search, state, orderBy]);
  if (!wasComplete) return <Loading what="the hosts" />;
  if (chosen.length === 0) return <NoHosts isFiltered={search !== "" || state !== ""} />;
  // A page that is there no more is the last one that is.
  const pageCount = Math.ceil(chosen.length / pageSize);
  const page = Math.min(query.page, pageCount);
  const begin = (page - 1) * pageSize;
  const shown = chosen.slice(begin, begin + pageSize);
  return (
    <section class="card table-card" aria-label="Hosts">
      <HostTable
        hosts={shown}
        orderBy={orderBy}
        onSort={(next) => show({ ...query, orderBy: next, page: 1 })}
      />
      <Pager
        first={begin + 1}
        shown={shown.length}
        total={chosen.length}
        onPrevious={page === 1 ? null : () => show({ ...query, page: page - 1 })}
        onNext={page === pageCount ? null : () => show({ ...query, page: page + 1 })}
      />
    </section>
  );
}

function NoHosts({ isFiltered }: { readonly isFiltered: boolean }): VNode {
  if (!isFiltered) return <Empty title="No host is known to this fleet server yet" />;
  return (
    <Empty title="No host fits">
      <p>
        <a href="#/hosts">Show all hosts</a>
      </p>
    </Empty>
  );
}
