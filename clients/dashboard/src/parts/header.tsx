// The head of the page: which host, where one can go, the theme and the token.

import type { VNode } from "preact";
import { useDashboard } from "../app/dashboard.js";
import type { Route } from "../model/route.js";
import { HeaderTools } from "./header-tools.js";
import { BrandIcon } from "./icons.js";
import { type PageLink, PageLinks } from "./page-links.js";
import { TokenHint } from "./token-field.js";

const pages: readonly PageLink<Route["view"]>[] = [
  { view: "overview", href: "#/", label: "Overview" },
  { view: "leases", href: "#/leases", label: "Leases" },
  { view: "blocks", href: "#/blocks", label: "Blocks" },
  { view: "events", href: "#/events", label: "Events" },
  { view: "explain", href: "#/explain", label: "Explain" },
];

export function Header(): VNode {
  const { live, route } = useDashboard();
  const { broker } = live.state.value;
  const host = broker?.host ?? "";
  const shown = route.value.view === "lease" ? "leases" : route.value.view;
  const words = {
    purpose:
      "Reading needs no token here. Changes, such as revoking a lease, need one of the role admin.",
    label: "Admin token",
    hint: <TokenHint dataDirectory={broker?.dataDirectory ?? ""} />,
  };
  return (
    <header class="header">
      <div class="header-inner">
        <a class="brand" href="#/">
          <BrandIcon />
          <span class="brand-name">portlease</span>
          {host !== "" && <span class="brand-host">{host}</span>}
        </a>
        <PageLinks pages={pages} shown={shown} />
        <HeaderTools words={words} />
      </div>
    </header>
  );
}
