// What is told of the port that the mouse points at: its state at once, its holder when one rests on it.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDashboard } from "../../app/dashboard.js";
import { useLoaded } from "../../app/use-loaded.js";
import { holderText } from "../../model/format.js";
import { isLeasedState, portStateInfo } from "../../model/port-states.js";

/** Who moves the mouse over a thousand ports does not ask for a thousand leases. */
const restMs = 150;

export interface PortTipProps {
  readonly pool: string;
  readonly port: number;
  /** As portStates numbers them. */
  readonly state: number;
}

export function PortTip({ pool, port, state }: PortTipProps): VNode {
  const { api } = useDashboard();
  const rested = useRested(port);
  const { data: lease } = useLoaded(
    rested && isLeasedState(state) ? `${pool} ${port}` : null,
    (signal) => api.findPortLease(pool, port, signal),
    { everyMs: 0 },
  );
  return (
    <>
      <b>{port}</b> {portStateInfo(state).label}
      {lease !== null && <> · {holderText(lease)}</>}
    </>
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
