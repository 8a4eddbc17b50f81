// How much of something is used, as a small bar with its percentage.

import type { VNode } from "preact";

export function UseShare({ percent }: { readonly percent: number }): VNode {
  return (
    <span class="use-share">
      <span class="remaining-bar" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      {percent} %
    </span>
  );
}
