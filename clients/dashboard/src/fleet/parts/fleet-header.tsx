// The head of the page: where one can go, the one search for everything, the theme and the token.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { HeaderTools } from "../../parts/header-tools.js";
import { BrandIcon, SearchIcon } from "../../parts/icons.js";
import { type PageLink, PageLinks } from "../../parts/page-links.js";
import { useFleet } from "../app/fleet-dashboard.js";
import { type FleetRoute, searchLink } from "../model/fleet-route.js";

const pages: readonly PageLink<FleetRoute["view"]>[] = [
  { view: "overview", href: "#/", label: "Overview" },
  { view: "hosts", href: "#/hosts", label: "Hosts" },
  { view: "problems", href: "#/problems", label: "Problems" },
];

const tokenWords = {
  purpose:
    "Where reading needs a token, one of the role viewer is enough: nothing is changed here.",
  label: "Token",
  hint: <p class="quiet hint">It is kept in this tab until you close it or forget it.</p>,
};

export function FleetHeader(): VNode {
  const { route } = useFleet();
  const { view } = route.value;
  return (
    <header class="header">
      <div class="header-inner">
        <a class="brand" href="#/">
          <BrandIcon />
          <span class="brand-name">portlease</span>
          <span class="brand-host">fleet</span>
        </a>
        <PageLinks pages={pages} shown={view === "host" ? "hosts" : view} />
        <HeaderSearch />
        <HeaderTools words={tokenWords} />
      </div>
    </header>
  );
}

function HeaderSearch(): VNode {
  const { route } = useFleet();
  const shown = route.value.view === "search" ? (route.value.query.get("q") ?? "") : "";
  const [typed, setTyped] = useState(shown);
  useEffect(() => setTyped(shown), [shown]);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (typed.trim() !== "") location.hash = searchLink(typed.trim());
  };
  return (
    <form class="header-search" role="search" onSubmit={submit}>
      <label class="search-field">
        <span class="visually-hidden">Search by service, host, port or label</span>
        <SearchIcon />
        <input
          type="search"
          class="input"
          placeholder="orders, 20417, env=prod, build-07"
          spellcheck={false}
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
    </form>
  );
}
