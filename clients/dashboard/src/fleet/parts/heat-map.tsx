// All hosts as a map: a cell for each, in the groups that a label makes. Arrow keys and the mouse pick one, of which more is told
// below; a second click, or Enter, opens it.

import type { VNode } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { countText } from "../../model/format.js";
import { CellGrid } from "../../parts/grid/cell-grid.js";
import type { CellPainter } from "../../parts/grid/grid-canvas.js";
import { useFleet } from "../app/fleet-dashboard.js";
import type { Host } from "../api/fleet-messages.js";
import { hostLink } from "../model/fleet-route.js";
import { heatCellPx, heatGeometry } from "../model/heat-geometry.js";
import {
  countKinds,
  groupHosts,
  groupingLabels,
  heatStates,
  type HostGroup,
} from "../model/heat.js";
import { stateText, utilisation } from "../model/host-words.js";
import { HeatLegend, HeatSwatch } from "./heat-legend.js";
import { heatPainter, readHeatPalette } from "./heat-painter.js";
import { HostDetails } from "./host-details.js";

export interface HeatMapProps {
  readonly hosts: readonly Host[];
  /** The label by which they are grouped. Empty: none. */
  readonly label: string;
  /** The host that is picked. Empty: none. */
  readonly picked: string;
  readonly onChange: (label: string, picked: string) => void;
}

/** The address follows when one rests: browsers refuse more than some changes of it in a second. */
const restMs = 400;

export function HeatMap({ hosts, label, picked: shared, onChange }: HeatMapProps): VNode {
  const painter = useHeatPainter();
  const [picked, setPicked] = usePicked(shared, (hostId) => onChange(label, hostId));
  const labels = useMemo(() => groupingLabels(hosts), [hosts]);
  const groups = useMemo(() => groupHosts(hosts, label), [hosts, label]);
  const counts = useMemo(() => countKinds(hosts), [hosts]);
  const largest = Math.max(1, ...groups.map((group) => group.hosts.length));
  const layOut = useCallback(
    (count: number, widthPx: number) => heatGeometry(count, widthPx, heatCellPx(largest, widthPx)),
    [largest],
  );
  const host = hosts.find(({ hostId }) => hostId === picked);
  return (
    <section class="card" aria-labelledby="heat-title">
      <div class="card-head">
        <h2 id="heat-title">Hosts by use and health</h2>
        {(labels.length > 0 || label !== "") && (
          <GroupChoice labels={labels} label={label} onChange={(next) => onChange(next, picked)} />
        )}
      </div>
      <HeatLegend counts={counts} painter={painter} />
      <div class="heat-groups">
        {groups.map((group) => (
          <HeatGroup
            key={group.value ?? ""}
            group={group}
            label={label}
            painter={painter}
            layOut={layOut}
            picked={picked}
            onPick={setPicked}
          />
        ))}
      </div>
      <div class="heat-details" aria-live="polite">
        {host !== undefined && (
          <HostDetails
            host={host}
            sign={<HeatSwatch state={heatStates([host])[0] ?? 0} painter={painter} />}
          />
        )}
      </div>
    </section>
  );
}

interface HeatGroupProps {
  readonly group: HostGroup;
  readonly label: string;
  readonly painter: CellPainter;
  readonly layOut: Parameters<typeof CellGrid>[0]["layOut"];
  readonly picked: string;
  readonly onPick: (hostId: string) => void;
}

function HeatGroup({ group, label, painter, layOut, picked, onPick }: HeatGroupProps): VNode {
  const { hosts, value } = group;
  const states = useMemo(() => heatStates(hosts), [hosts]);
  const index = picked === "" ? -1 : hosts.findIndex(({ hostId }) => hostId === picked);
  const title = label === "" ? "All hosts" : value === null ? "Others" : `${label}=${value}`;
  return (
    <div>
      {label !== "" && (
        <h3 class="heat-title">
          {title} <span class="quiet">{countText(hosts.length)}</span>
        </h3>
      )}
      <CellGrid
        label={`${title}: ${hosts.length}. Arrow keys move over the hosts, Enter opens one.`}
        states={states}
        painter={painter}
        layOut={layOut}
        picked={index < 0 ? null : index}
        onPick={(next) => onPick(next === null ? "" : (hosts[next]?.hostId ?? ""))}
        onOpen={(open) => (location.hash = hostLink(hosts[open]?.hostId ?? ""))}
        tip={(at) => <HostTip host={hosts[at]} />}
      />
    </div>
  );
}

function HostTip({ host }: { readonly host: Host | undefined }): VNode {
  if (host === undefined) return <></>;
  return (
    <>
      <b>{host.hostId}</b> {stateText(host)} · {utilisation(host)} % used · {countText(host.leases)}{" "}
      leases
    </>
  );
}

interface GroupChoiceProps {
  readonly labels: readonly string[];
  readonly label: string;
  readonly onChange: (label: string) => void;
}

function GroupChoice({ labels, label, onChange }: GroupChoiceProps): VNode {
  const shown = labels.includes(label) || label === "" ? labels : [...labels, label];
  return (
    <label class="inline-field">
      <span>Group by</span>
      <select class="input" value={label} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">nothing</option>
        {shown.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function useHeatPainter(): CellPainter {
  const { theme } = useFleet();
  const shown = theme.shown.value;
  return useMemo(() => heatPainter(readHeatPalette()), [shown]);
}

/** What is picked changes at once, the address when one rests on it. */
function usePicked(
  shared: string,
  share: (hostId: string) => void,
): readonly [string, (hostId: string) => void] {
  const [picked, setPicked] = useState(shared);
  useEffect(() => setPicked(shared), [shared]);
  useEffect(() => {
    if (picked === shared) return undefined;
    const timer = setTimeout(() => share(picked), restMs);
    return () => clearTimeout(timer);
  }, [picked, shared]);
  return [picked, setPicked];
}
