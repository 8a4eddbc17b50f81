// The links of the head of a page to the others.

import type { VNode } from "preact";

export interface PageLink<View extends string> {
  readonly view: View;
  readonly href: string;
  readonly label: string;
}

export interface PageLinksProps<View extends string> {
  readonly pages: readonly PageLink<View>[];
  /** Which one is shown. */
  readonly shown: string;
}

export function PageLinks<View extends string>({ pages, shown }: PageLinksProps<View>): VNode {
  return (
    <nav class="nav" aria-label="Pages">
      {pages.map(({ view, href, label }) => (
        <a key={view} href={href} aria-current={view === shown ? "page" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
