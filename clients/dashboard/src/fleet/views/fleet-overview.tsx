// The state of the fleet on one page: the verdict, the numbers, what is wrong, the hosts as a map, the fullest pools, the grants.

import type { VNode } from "preact";
import { Empty, Loading } from "../../parts/notice.js";
import { Command } from "../../parts/command.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { SourceKind } from "../api/fleet-messages.js";
import { parseFleetRoute, withQuery } from "../model/fleet-route.js";
import { FleetNumbers } from "../parts/fleet-numbers.js";
import { FleetVerdictPanel } from "../parts/fleet-verdict-panel.js";
import { FullestPoolList } from "../parts/fullest-pool-list.js";
import { GrantsPanel } from "../parts/grants-panel.js";
import { HeatMap } from "../parts/heat-map.js";
import { ProblemGroups } from "../parts/problem-groups.js";

export function FleetOverview({ query }: { readonly query: URLSearchParams }): VNode {
  const { live } = useFleet();
  const { fleet, hosts, problems, complete, wasComplete } = live.state.value;
  const show = (group: string, host: string): void => {
    // Who has gone on meanwhile is not brought back.
    if (parseFleetRoute(location.hash).view !== "overview") return;
    location.replace(withQuery("#/", { group, host }));
  };
  return (
    <>
      <FleetVerdictPanel />
      {fleet !== null && <FleetNumbers fleet={fleet} problems={problems.totalSize} />}
      <ProblemGroups />
      {!complete && !wasComplete && <Loading what="the hosts" />}
      {hosts.length === 0 ? (
        complete && <NoHosts kind={fleet?.source?.kind ?? "KIND_UNSPECIFIED"} />
      ) : (
        <HeatMap
          hosts={hosts}
          label={query.get("group") ?? ""}
          picked={query.get("host") ?? ""}
          onChange={show}
        />
      )}
      <div class="columns columns-even">
        <FullestPoolList hosts={hosts} />
        <GrantsPanel minutes={fleet?.grants ?? []} />
      </div>
    </>
  );
}

function NoHosts({ kind }: { readonly kind: SourceKind }): VNode {
  if (kind === "KIND_BROKERS") {
    return (
      <Empty title="No host is known to this fleet server yet">
        <p>None of the brokers that it was given has answered so far.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No host is known to this fleet server yet">
      <p>A broker appears here within a second, when it publishes to the same etcd:</p>
      <Command text="portlease serve --fleet etcd://127.0.0.1:2379" />
    </Empty>
  );
}
