// How the fleet is, in one line that is read first, with where the view comes from.

import type { VNode } from "preact";
import { clockText, countText } from "../../model/format.js";
import { LevelIcon } from "../../parts/icons.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { Fleet } from "../api/fleet-messages.js";
import { fleetVerdict } from "../model/fleet-verdict.js";

export function FleetVerdictPanel(): VNode {
  const { live } = useFleet();
  const state = live.state.value;
  const isLost = live.connection.value.kind === "lost";
  const verdict = fleetVerdict(state);
  const level = isLost ? "unknown" : verdict.level;
  return (
    <section class={`verdict verdict-${level}`} aria-label="State of the fleet">
      <LevelIcon level={level} />
      <div class="verdict-text">
        <h1 aria-live="polite">
          {isLost ? "Unknown" : verdict.title}
          <span class="verdict-detail">
            {isLost ? `It was: ${verdict.title}. ${verdict.detail}` : verdict.detail}
          </span>
        </h1>
      </div>
      {state.fleet !== null && <FleetFacts fleet={state.fleet} />}
    </section>
  );
}

function FleetFacts({ fleet: { source, version } }: { readonly fleet: Fleet }): VNode {
  return (
    <dl class="facts verdict-facts">
      {source !== undefined && (
        <div title={source.addresses.join(", ")}>
          <dt>Heard through</dt>
          <dd>{source.kind === "KIND_ETCD" ? "etcd" : "the brokers"}</dd>
        </div>
      )}
      {source !== undefined && !source.connected && (
        <div>
          <dt>As of</dt>
          <dd>{clockText(source.lastHeardTime)}</dd>
        </div>
      )}
      {source !== undefined && source.unreadableEntries > 0 && (
        <div title={source.unreadableExample}>
          <dt>Unreadable entries</dt>
          <dd>{countText(source.unreadableEntries)}</dd>
        </div>
      )}
      <div>
        <dt>Version</dt>
        <dd>{version}</dd>
      </div>
    </dl>
  );
}
