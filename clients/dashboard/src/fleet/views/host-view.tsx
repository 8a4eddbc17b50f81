// One host: how it stands, what is wrong with what mends it, its pools, its leases, and the way to its own dashboard.

import type { VNode } from "preact";
import { countText, enumText, plural, protocolText } from "../../model/format.js";
import { leaseFilter } from "../../model/lease-filter.js";
import { LevelIcon } from "../../parts/icons.js";
import { Empty, Loading } from "../../parts/notice.js";
import { ProblemItem } from "../../parts/problem-item.js";
import { RemedyText } from "../../parts/remedy.js";
import { SearchField } from "../../parts/search-field.js";
import { UseBar } from "../../parts/use-bar.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { Host, HostPool } from "../api/fleet-messages.js";
import { hostLink, withQuery } from "../model/fleet-route.js";
import { hostLevel } from "../model/host-words.js";
import { HostFacts, OwnDashboard } from "../parts/host-facts.js";
import { HostSentence } from "../parts/host-state.js";
import { LeasePages } from "../parts/lease-pages.js";

export interface HostViewProps {
  readonly hostId: string;
  readonly query: URLSearchParams;
}

export function HostView({ hostId, query }: HostViewProps): VNode {
  const { live } = useFleet();
  const { byId, wasComplete } = live.state.value;
  const host = byId.get(hostId);
  if (host !== undefined) return <KnownHost host={host} query={query} />;
  if (!wasComplete) return <Loading what={hostId} />;
  return (
    <Empty title={`No host is called ${hostId}`}>
      <p>It was forgotten, or has never been heard from.</p>
      <p>
        <a href="#/hosts">Show all hosts</a>
      </p>
    </Empty>
  );
}

function KnownHost({
  host,
  query,
}: {
  readonly host: Host;
  readonly query: URLSearchParams;
}): VNode {
  const level = hostLevel(host);
  return (
    <>
      <p class="breadcrumb">
        <a href="#/hosts">Hosts</a> / {host.hostId}
      </p>
      <section class={`verdict verdict-${level}`} aria-label="State of the host">
        <LevelIcon level={level} />
        <div class="verdict-text">
          <h1>
            {host.hostId}
            <span class="verdict-detail">
              <HostSentence host={host} />
            </span>
          </h1>
        </div>
      </section>
      <HostProblems host={host} />
      <section class="card host-facts" aria-label="What its broker says">
        <HostFacts host={host} />
        <OwnDashboard host={host} />
      </section>
      <HostPools pools={host.pools} />
      <HostLeases host={host} query={query} />
    </>
  );
}

function HostProblems({ host: { problems } }: { readonly host: Host }): VNode | null {
  if (problems.length === 0) return null;
  return (
    <section class="card problems" aria-labelledby="problems-title">
      <h2 id="problems-title">{plural(problems.length, "thing")} to look at</h2>
      <ul>
        {problems.map((problem) => {
          const { reason, pool, blockId, port, leaseId, remedy } = problem;
          return (
            <ProblemItem key={[reason, pool, blockId, port, leaseId].join(" ")} problem={problem}>
              <RemedyText text={remedy} />
            </ProblemItem>
          );
        })}
      </ul>
    </section>
  );
}

function HostPools({ pools }: { readonly pools: readonly HostPool[] }): VNode {
  return (
    <section class="card" aria-labelledby="pools-title">
      <h2 id="pools-title">{plural(pools.length, "pool")}</h2>
      <ul class="pool-list pool-columns">
        {pools.map(({ pool, protocol, kind, usage, waitingRequests }) => (
          <li key={pool}>
            <p class="pool-list-name">
              <b>{pool}</b>{" "}
              <span class="quiet">
                {protocolText(protocol)}, {enumText(kind, "RESERVATION_KIND_")}
              </span>
              {waitingRequests > 0 && (
                <b class="pool-list-waiting"> {countText(waitingRequests)} waiting</b>
              )}
            </p>
            {usage !== undefined && <UseBar usage={usage} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function HostLeases({
  host,
  query,
}: {
  readonly host: Host;
  readonly query: URLSearchParams;
}): VNode {
  const search = query.get("search") ?? "";
  const order = query.get("order");
  const show = (next: { search: string; order: string }): void =>
    location.replace(withQuery(hostLink(host.hostId), next));
  const typed = leaseFilter({ search, pool: "", condition: "" });
  const ofHost = `host_id = "${host.hostId}"`;
  return (
    <>
      <form
        class="lease-search"
        aria-label="Filter its leases"
        onSubmit={(event) => event.preventDefault()}
      >
        <SearchField
          label="Filter its leases by service, instance or port, or filter expression"
          placeholder={'orders, 20417, or labels.zone = "a"'}
          value={search}
          onChange={(next) => show({ search: next, order: order ?? "" })}
        />
      </form>
      <LeasePages
        filter={typed === "" ? ofHost : `${ofHost} AND (${typed})`}
        isOfOneHost
        order={order}
        onSort={(next) => show({ search, order: next })}
        none={
          <Empty title={typed === "" ? "Nothing is leased on this host" : "No lease of it fits"} />
        }
      />
    </>
  );
}
