// The head of the page: which host, where one can go, the theme and the token.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import type { Route } from "../model/route.js";
import { BrandIcon, KeyIcon, MoonIcon, SunIcon } from "./icons.js";
import { TokenDialog } from "./token-dialog.js";

const pages: readonly {
  readonly view: Route["view"];
  readonly href: string;
  readonly label: string;
}[] = [
  { view: "overview", href: "#/", label: "Overview" },
  { view: "leases", href: "#/leases", label: "Leases" },
  { view: "blocks", href: "#/blocks", label: "Blocks" },
  { view: "events", href: "#/events", label: "Events" },
  { view: "explain", href: "#/explain", label: "Explain" },
];

export function Header(): VNode {
  const { live, route } = useDashboard();
  const host = live.state.value.broker?.host ?? "";
  const shown = route.value.view === "lease" ? "leases" : route.value.view;
  return (
    <header class="header">
      <div class="header-inner">
        <a class="brand" href="#/">
          <BrandIcon />
          <span class="brand-name">portlease</span>
          {host !== "" && <span class="brand-host">{host}</span>}
        </a>
        <nav class="nav" aria-label="Pages">
          {pages.map(({ view, href, label }) => (
            <a key={view} href={href} aria-current={view === shown ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <div class="header-tools">
          <TokenButton />
          <ThemeButton />
        </div>
      </div>
    </header>
  );
}

function ThemeButton(): VNode {
  const { theme } = useDashboard();
  const isDark = theme.shown.value === "dark";
  return (
    <button
      type="button"
      class="icon-button"
      onClick={() => theme.toggle()}
      aria-label={isDark ? "Use the light theme" : "Use the dark theme"}
    >
      {isDark ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}

function TokenButton(): VNode {
  const { token } = useDashboard();
  const [isOpen, setOpen] = useState(false);
  const has = token.value.value !== null;
  return (
    <>
      <button
        type="button"
        class={has ? "icon-button has-token" : "icon-button"}
        onClick={() => setOpen(true)}
        aria-label={has ? "Token: one is in use" : "Token: none is in use"}
      >
        <KeyIcon />
      </button>
      {isOpen && <TokenDialog onClose={() => setOpen(false)} />}
    </>
  );
}
