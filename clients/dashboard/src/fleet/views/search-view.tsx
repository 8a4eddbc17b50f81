// What was found by a service, a host, a port or a label: hosts and leases, the STALE ones marked.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { plural } from "../../model/format.js";
import { Empty } from "../../parts/notice.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { Host } from "../api/fleet-messages.js";
import { hostLink, serviceLink, withQuery } from "../model/fleet-route.js";
import { hostsFound, leaseSearchFilter } from "../model/fleet-search.js";
import { hostTableLink } from "../model/host-query.js";
import { HostState } from "../parts/host-state.js";
import { LeasePages } from "../parts/lease-pages.js";

/** The rest is in the table of hosts. */
const hostsShown = 8;

export function SearchView({ query }: { readonly query: URLSearchParams }): VNode {
  const { live } = useFleet();
  const { hosts } = live.state.value;
  const text = query.get("q") ?? "";
  const found = useMemo(() => hostsFound(hosts, text), [hosts, text]);
  return (
    <>
      <div class="page-head">
        <h1>{text === "" ? "All leases" : `Found by ${text}`}</h1>
        {found.length === 0 && mayBeService(text) && (
          <a href={serviceLink(text)}>The service {text}</a>
        )}
      </div>
      {found.length > 0 && <HostsFound text={text} found={found} />}
      <LeasePages
        filter={leaseSearchFilter(text)}
        isOfOneHost={false}
        order={query.get("order")}
        onSort={(order) => location.replace(withQuery("#/search", { q: text, order }))}
        none={<NoLeases text={text} />}
      />
    </>
  );
}

/** A word that is neither a port nor an expression. */
function mayBeService(text: string): boolean {
  return /^[^\s=<>!*"']+$/.test(text) && !/^\d+$/.test(text);
}

interface HostsFoundProps {
  readonly text: string;
  readonly found: readonly Host[];
}

function HostsFound({ text, found }: HostsFoundProps): VNode {
  const table = hostTableLink({ search: text, state: "", orderBy: "host_id", page: 1 });
  return (
    <section class="card" aria-labelledby="hosts-title">
      <div class="card-head">
        <h2 id="hosts-title">{plural(found.length, "host")}</h2>
        {found.length > hostsShown && <a href={table}>All of them</a>}
      </div>
      <ul class="found-hosts">
        {found.slice(0, hostsShown).map((host) => (
          <li key={host.hostId}>
            <a class="row-link" href={hostLink(host.hostId)}>
              {host.hostId}
            </a>
            <HostState host={host} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function NoLeases({ text }: { readonly text: string }): VNode {
  if (text === "") return <Empty title="No port is leased in this fleet yet" />;
  return (
    <Empty title="No lease fits">
      <p>
        A word is looked for in services, instances and hosts, a number is a port, too, and env=prod
        is a label. Filter expressions work as well: service = "orders" AND state = STALE.
      </p>
    </Empty>
  );
}
