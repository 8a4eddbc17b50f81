// The frame of every page: header, what is wrong with the connection, and the view that the address names.

import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import type { Route } from "../model/route.js";
import { problemTitle, verdictOf } from "../model/verdict.js";
import { ConnectionBanner } from "../parts/connection-banner.js";
import { Header } from "../parts/header.js";
import { Empty, Loading } from "../parts/notice.js";
import { BlocksView } from "./blocks-view.js";
import { EventsView } from "./events-view.js";
import { ExplainView } from "./explain-view.js";
import { LeaseView } from "./lease-view.js";
import { LeasesView } from "./leases-view.js";
import { Overview } from "./overview.js";
import { SignIn } from "./sign-in.js";

export function App(): VNode {
  const { live, route } = useDashboard();
  const connection = live.connection.value;
  const { broker } = live.state.value;
  usePageTitle();
  const main = useFocusOnNewPage(route.value);
  if (connection.kind === "signed-out") return <SignIn error={connection.error} />;
  return (
    <>
      <a class="skip-link" href="#main" onClick={(event) => focusMain(event, main.current)}>
        Skip to the content
      </a>
      <Header />
      <ConnectionBanner />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        class={connection.kind === "lost" ? "page stale" : "page"}
      >
        {broker === null ? (
          <NotYet isLost={connection.kind === "lost"} />
        ) : (
          <View route={route.value} />
        )}
      </main>
    </>
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

/** The address has the page in it, so the link itself must not change it. */
function focusMain(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

/** A page that one went to is read from its beginning. Not the first one: the browser begins there. */
function useFocusOnNewPage(route: Route): { current: HTMLElement | null } {
  const main = useRef<HTMLElement>(null);
  const page = route.view === "lease" ? route.leaseId : route.view;
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return;
    before.current = page;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [page]);
  return main;
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
