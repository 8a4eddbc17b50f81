// The page of a host: the view that the address names in the frame of every page, and what the tab says.

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import type { Route } from "../model/route.js";
import { problemTitle, verdictOf } from "../model/verdict.js";
import { Header } from "../parts/header.js";
import { Empty, Loading } from "../parts/notice.js";
import { PageFrame } from "../parts/page-frame.js";
import { BlocksView } from "./blocks-view.js";
import { EventsView } from "./events-view.js";
import { ExplainView } from "./explain-view.js";
import { LeaseView } from "./lease-view.js";
import { LeasesView } from "./leases-view.js";
import { Overview } from "./overview.js";
import { SignIn } from "./sign-in.js";

const tokenPurpose =
  "A token of the role viewer shows this host, one of the role admin changes it.";

export function App(): VNode {
  const { live, route } = useDashboard();
  const connection = live.connection.value;
  const { broker } = live.state.value;
  usePageTitle();
  if (connection.kind === "signed-out")
    return <SignIn error={connection.error} purpose={tokenPurpose} />;
  const page = route.value.view === "lease" ? route.value.leaseId : route.value.view;
  return (
    <PageFrame header={<Header />} page={page}>
      {broker === null ? (
        <NotYet isLost={connection.kind === "lost"} />
      ) : (
        <View route={route.value} />
      )}
    </PageFrame>
  );
}

function NotYet({ isLost }: { readonly isLost: boolean }): VNode {
  if (!isLost) return <Loading what="the state of the host" />;
  return (
    <Empty title="Nothing is known of this host yet">
      <p>The broker has not answered since this page was opened.</p>
    </Empty>
  );
}

function View({ route }: { readonly route: Route }): VNode {
  switch (route.view) {
    case "overview":
      return <Overview />;
    case "leases":
      return <LeasesView query={route.query} />;
    case "lease":
      return <LeaseView key={route.leaseId} leaseId={route.leaseId} />;
    case "blocks":
      return <BlocksView />;
    case "events":
      return <EventsView />;
    case "explain":
      return <ExplainView port={route.port} />;
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

/** A tab among many tells how the host is. */
function usePageTitle(): void {
  const { live } = useDashboard();
  const connection = live.connection.value;
  const { broker } = live.state.value;
  const host = broker?.host ?? "portlease";
  const [worst] = broker?.problems ?? [];
  const verdict = worst === undefined ? verdictOf(broker).title : problemTitle(worst);
  const state = connection.kind === "lost" ? "No connection" : verdict;
  useEffect(() => {
    document.title = `${state} · ${host}`;
  }, [state, host]);
}
