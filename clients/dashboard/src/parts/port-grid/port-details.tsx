// What is known of one port: its state, and who has it.

import type { VNode } from "preact";
import { useDashboard } from "../../app/dashboard.js";
import { useLoaded } from "../../app/use-loaded.js";
import type { Block, Lease } from "../../api/messages.js";
import { enumText, holderText } from "../../model/format.js";
import { isLeasedState, portStateInfo } from "../../model/port-states.js";
import { explainLink, leaseLink } from "../../model/route.js";
import { RemainingTime } from "../remaining-time.js";
import { usePalette } from "./port-grid.js";
import { Swatch } from "./port-legend.js";

export interface PortDetailsProps {
  readonly block: Block;
  readonly port: number;
  readonly state: number;
}

export function PortDetails({ block, port, state }: PortDetailsProps): VNode {
  const { api } = useDashboard();
  const palette = usePalette();
  const info = portStateInfo(state);
  const { data: lease, atMs } = useLoaded(
    isLeasedState(state) ? `${block.pool} ${port}` : null,
    (signal) => api.findPortLease(block.pool, port, signal),
    { everyMs: 3_000 },
  );
  return (
    <div class="port-details">
      <div aria-live="polite">
        <p class="port-details-title">
          <Swatch state={state} palette={palette} />
          <b class="mono">{port}</b> <span>{info.label}</span>
          {lease !== null && <span class="quiet">{holderText(lease)}</span>}
        </p>
        <p class="quiet visually-hidden">{info.meaning}</p>
      </div>
      {lease === null ? (
        <p class="quiet">{info.meaning}</p>
      ) : (
        <LeaseFacts lease={lease} atMs={atMs} />
      )}
      <p class="actions">
        {lease !== null && (
          <a class="button" href={leaseLink(lease.leaseId)}>
            Open lease
          </a>
        )}
        <a class="button" href={explainLink(port)}>
          Explain port {port}
        </a>
      </p>
    </div>
  );
}

function LeaseFacts({ lease, atMs }: { readonly lease: Lease; readonly atMs: number }): VNode {
  const { process } = lease.holder ?? {};
  return (
    <dl class="facts">
      <div>
        <dt>Lease</dt>
        <dd class="mono">{lease.leaseId}</dd>
      </div>
      <div>
        <dt>Binding</dt>
        <dd>{enumText(lease.binding, "BINDING_")}</dd>
      </div>
      <div>
        <dt>Process</dt>
        <dd>{process === undefined ? "–" : process.processId}</dd>
      </div>
      <div>
        <dt>Generation</dt>
        <dd class="mono">{lease.generation}</dd>
      </div>
      <div>
        <dt>Time left</dt>
        <dd>
          <RemainingTime lease={lease} atMs={atMs} />
        </dd>
      </div>
    </dl>
  );
}
