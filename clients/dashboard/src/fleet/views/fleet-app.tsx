// The page of the fleet: the view that the address names in the frame of every page, and what the tab says.

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { Empty, Loading } from "../../parts/notice.js";
import { PageFrame } from "../../parts/page-frame.js";
import { SignIn } from "../../views/sign-in.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { FleetRoute } from "../model/fleet-route.js";
import { fleetVerdict } from "../model/fleet-verdict.js";
import { FleetHeader } from "../parts/fleet-header.js";
import { SourceBanner } from "../parts/source-banner.js";
import { FleetOverview } from "./fleet-overview.js";
import { FleetProblemsView } from "./fleet-problems-view.js";
import { HostView } from "./host-view.js";
import { HostsView } from "./hosts-view.js";
import { SearchView } from "./search-view.js";
import { ServiceView } from "./service-view.js";

const tokenPurpose = "A token of the role viewer shows the fleet.";

export function FleetApp(): VNode {
  const { live, route } = useFleet();
  const connection = live.connection.value;
  const { fleet } = live.state.value;
  usePageTitle();
  if (connection.kind === "signed-out") {
    return <SignIn error={connection.error} purpose={tokenPurpose} />;
  }
  const header = (
    <>
      <FleetHeader />
      <SourceBanner />
    </>
  );
  return (
    <PageFrame
      header={header}
      page={pageOf(route.value)}
      isOld={fleet?.source?.connected === false}
    >
      {fleet === null ? (
        <NotYet isLost={connection.kind === "lost"} />
      ) : (
        <View route={route.value} />
      )}
    </PageFrame>
  );
}

function NotYet({ isLost }: { readonly isLost: boolean }): VNode {
  if (!isLost) return <Loading what="the fleet" />;
  return (
    <Empty title="Nothing is known of the fleet yet">
      <p>The fleet server has not answered since this page was opened.</p>
    </Empty>
  );
}

function View({ route }: { readonly route: FleetRoute }): VNode {
  switch (route.view) {
    case "overview":
      return <FleetOverview query={route.query} />;
    case "hosts":
      return <HostsView query={route.query} />;
    case "host":
      return <HostView key={route.hostId} hostId={route.hostId} query={route.query} />;
    case "service":
      return <ServiceView key={route.service} service={route.service} query={route.query} />;
    case "search":
      return <SearchView query={route.query} />;
    case "problems":
      return <FleetProblemsView query={route.query} />;
    case "unknown":
      return (
        <Empty title="There is no such page">
          <p>
            <a href="#/">Go to the overview</a>
          </p>
        </Empty>
      );
  }
}

/** What is another page to who reads it: filters and orders make none. */
function pageOf(route: FleetRoute): string {
  switch (route.view) {
    case "host":
      return `host ${route.hostId}`;
    case "service":
      return `service ${route.service}`;
    default:
      return route.view;
  }
}

/** A tab among many tells how the fleet is. */
function usePageTitle(): void {
  const { live } = useFleet();
  const isLost = live.connection.value.kind === "lost";
  const state = isLost ? "No connection" : fleetVerdict(live.state.value).title;
  useEffect(() => {
    document.title = `${state} · portlease fleet`;
  }, [state]);
}
