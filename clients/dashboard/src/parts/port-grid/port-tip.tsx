// What is told of the port that the mouse points at: its state at once, its holder when one rests on it.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "../../app/dashboard.js";
import { useLoaded } from "../../app/use-loaded.js";
import { holderText } from "../../model/format.js";
import { type GridGeometry, placeOf } from "../../model/grid-geometry.js";
import type { PortMap } from "../../model/port-map.js";
import { isLeasedState, portStateInfo } from "../../model/port-states.js";

/** Who moves the mouse over a thousand ports does not ask for a thousand leases. */
const restMs = 150;

export interface PortTipProps {
  readonly map: PortMap;
  readonly pool: string;
  readonly geometry: GridGeometry;
  readonly index: number;
}

export function PortTip({ map, pool, geometry, index }: PortTipProps): VNode {
  const { api } = useDashboard();
  const port = map.firstPort + index;
  const state = map.states[index] ?? 0;
  const rested = useRested(port);
  const { data: lease } = useLoaded(
    rested && isLeasedState(state) ? `${pool} ${port}` : null,
    (signal) => api.findPortLease(pool, port, signal),
    { everyMs: 0 },
  );
  return (
    <div class="port-tip" style={placeBeside(geometry, index)}>
      <b>{port}</b> {portStateInfo(state).label}
      {lease !== null && <> · {holderText(lease)}</>}
    </div>
  );
}

/** True when the value has not changed for a moment. */
function useRested(value: number): boolean {
  const [restedOn, setRestedOn] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRestedOn(value), restMs);
    return () => clearTimeout(timer);
  }, [value]);
  return restedOn === value;
}

/** Below the port, on the side where there is room. */
function placeBeside(geometry: GridGeometry, index: number): Record<string, string> {
  const { xPx, yPx } = placeOf(geometry, index);
  const top = `${yPx + geometry.cellPx + 6}px`;
  if (xPx <= geometry.widthPx / 2) return { top, left: `${xPx}px` };
  return { top, right: `${geometry.widthPx - xPx - geometry.cellPx}px` };
}
