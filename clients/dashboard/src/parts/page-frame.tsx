// The frame of every page: the way past the head, the head, what is wrong with the connection, and the content, which gets the focus
// when one goes to another page.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { usePage } from "../app/page.js";
import { ConnectionBanner } from "./connection-banner.js";

export interface PageFrameProps {
  readonly header: ComponentChildren;
  /** Which page it is; another one is read from its beginning. */
  readonly page: string;
  /** True: what the server shows is not of now, as it says. */
  readonly isOld?: boolean;
  readonly children: ComponentChildren;
}

export function PageFrame({ header, page, isOld = false, children }: PageFrameProps): VNode {
  const { live } = usePage();
  const main = useFocusOnNewPage(page);
  const isLost = live.connection.value.kind === "lost";
  return (
    <>
      <a class="skip-link" href="#main" onClick={(event) => focusMain(event, main.current)}>
        Skip to the content
      </a>
      {header}
      <ConnectionBanner />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        class={isLost ? "page stale" : isOld ? "page old" : "page"}
      >
        {children}
      </main>
    </>
  );
}

/** The address has the page in it, so the link itself must not change it. */
function focusMain(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

/** A page that one went to is read from its beginning. Not the first one: the browser begins there. */
function useFocusOnNewPage(page: string): { current: HTMLElement | null } {
  const main = useRef<HTMLElement>(null);
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return;
    before.current = page;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [page]);
  return main;
}
