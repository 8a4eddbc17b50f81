// How full a block is, as a bar with its numbers.

import type { VNode } from "preact";
import type { PortUsage } from "../api/messages.js";
import { countText } from "../model/format.js";

export function UseBar({ usage }: { readonly usage: PortUsage }): VNode {
  const { total, free, leased, quarantined, unavailable } = usage;
  const percent = (count: number): string => `${total === 0 ? 0 : (100 * count) / total}%`;
  const parts = [
    { label: "leased", count: leased, name: "leased" },
    { label: "in quarantine", count: quarantined, name: "quarantined" },
    { label: "unavailable", count: unavailable, name: "unavailable" },
  ];
  const told = parts.filter(({ count }) => count > 0);
  return (
    <div class="use">
      <div class="use-bar" aria-hidden="true">
        {told.map(({ name, count }) => (
          <span key={name} class={`use-${name}`} style={{ width: percent(count) }} />
        ))}
      </div>
      <p class="use-text">
        <b>{countText(free)}</b> of {countText(total)} free
        {told.map(({ label, count }) => `, ${countText(count)} ${label}`).join("")}
      </p>
    </div>
  );
}
