// The fleet in numbers, each a way to what it counts.

import type { ComponentChildren, VNode } from "preact";
import { countText } from "../../model/format.js";
import type { Fleet } from "../api/fleet-messages.js";
import { utilisation } from "../model/host-words.js";

export interface FleetNumbersProps {
  readonly fleet: Fleet;
  readonly problems: number;
}

export function FleetNumbers({ fleet, problems }: FleetNumbersProps): VNode {
  const { usage } = fleet;
  return (
    <section class="card numbers-card" aria-label="The fleet in numbers">
      <dl class="numbers">
        <Figure label="Heard from" href="#/hosts?state=heard">
          {countText(fleet.hostsHeardFrom)} <span class="of">of {countText(fleet.hosts)}</span>
        </Figure>
        <Figure
          label="Not heard from"
          href="#/hosts?state=lost"
          look={fleet.hostsNotHeardFrom > 0 ? "bad" : "usual"}
        >
          {countText(fleet.hostsNotHeardFrom)}
        </Figure>
        <Figure label="Stopped" href="#/hosts?state=stopped">
          {countText(fleet.hostsStopped)}
        </Figure>
        <Figure label="Leases" href="#/search">
          {countText(fleet.leases)}
        </Figure>
        <Figure
          label="STALE"
          href="#/search?q=state%3DSTALE"
          look={fleet.staleLeases > 0 ? "near" : "usual"}
        >
          {countText(fleet.staleLeases)}
        </Figure>
        {usage !== undefined && (
          <Figure label="Ports used" href="#/hosts?order=utilisation+desc">
            {utilisation(fleet)} %{" "}
            <span class="of">
              {countText(usage.total - usage.free)} of {countText(usage.total)}
            </span>
          </Figure>
        )}
        <Figure label="Problems" href="#/problems">
          {countText(problems)}
        </Figure>
      </dl>
    </section>
  );
}

interface FigureProps {
  readonly label: string;
  readonly href: string;
  readonly look?: "usual" | "near" | "bad";
  readonly children: ComponentChildren;
}

function Figure({ label, href, look = "usual", children }: FigureProps): VNode {
  return (
    <div class={`number number-${look}`}>
      <dt>
        <a href={href}>{label}</a>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
