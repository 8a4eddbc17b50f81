// What happened shortly before the page was opened, out of the broker's history, so that the page does not begin empty.

import type { BrokerApi } from "../api/broker-api.js";
import type { LeaseEvent } from "../api/messages.js";
import { durationMs } from "../model/format.js";
import { withEarlierEvents } from "../model/live-state.js";
import type { BrokerConnection } from "./dashboard.js";

/** The history is told from its oldest; where there is too much in one time, a shorter one is tried. */
const spansMs = [3_600_000, 300_000, 20_000];

/** Once, when the broker was heard for the first time. What cannot be had is left out: it is an extra. */
export function showEarlierEvents(api: BrokerApi, live: BrokerConnection): void {
  const stop = live.state.subscribe(({ broker }) => {
    if (broker === null) return;
    queueMicrotask(() => stop());
    const nowMs = Date.parse(broker.startTime ?? "") + uptimeMs(broker.uptime);
    if (Number.isNaN(nowMs)) return;
    void readEarlier(api, nowMs).then(
      (events) => live.amend((state) => withEarlierEvents(state, events)),
      () => undefined,
    );
  });
}

async function readEarlier(api: BrokerApi, nowMs: number): Promise<readonly LeaseEvent[]> {
  for (const spanMs of spansMs) {
    const events = await api.listEventsSince(new Date(nowMs - spanMs).toISOString());
    if (events !== null) return events;
  }
  return [];
}

function uptimeMs(uptime: string | undefined): number {
  return durationMs(uptime) ?? Number.NaN;
}
