// The two lines at the top: which host it is, whether the broker still tells, and how the host is.

import type { Pool } from "@portlease/proto/portlease/v1/pool.js";
import { formatDuration } from "../../../../src/server/config/duration.js";
import { printable } from "../../../../src/server/printable.js";
import { type Canvas, lineOf, lineOfTwo, type Span } from "../canvas.js";
import { shownAsOfMs, type TopModel } from "../top-model.js";
import type { TopView } from "../top-view.js";
import { verdictOf } from "../verdict.js";

/** `liveCanvas`: for what is never greyed. */
export function headerLines(
  model: TopModel,
  view: TopView,
  { canvas, liveCanvas, nowMs }: HeaderPlace,
): readonly string[] {
  const { broker, pools, startedAtMs } = model.host;
  const uptime = wholeSeconds(shownAsOfMs(model, view.paused?.atMs ?? null, nowMs) - startedAtMs);
  const host: readonly Span[] = [
    { text: printable(broker.host), tone: "heading" },
    { text: `  portlease ${printable(broker.version)}, ${printable(broker.platform)}`, tone: null },
    { text: `, up ${uptime}`, tone: null },
  ];
  const verdict = verdictOf(broker);
  const second: readonly Span[] = [
    { text: model.lost ? `Was: ${verdict.title}` : verdict.title, tone: verdict.tone },
    { text: `  ${numbersText(pools)}`, tone: null },
  ];
  return [lineOfTwo(host, connectionSpan(model, view, nowMs), liveCanvas), lineOf(second, canvas)];
}

interface HeaderPlace {
  readonly canvas: Canvas;
  readonly liveCanvas: Canvas;
  readonly nowMs: number;
}

function connectionSpan(model: TopModel, { paused }: TopView, nowMs: number): Span {
  if (model.lost) {
    const age = wholeSeconds(nowMs - model.heardAtMs);
    return { text: `${age} old, reconnecting`, tone: "critical" };
  }
  if (paused !== null) {
    return { text: `paused for ${wholeSeconds(nowMs - paused.atMs)}`, tone: "warning" };
  }
  return { text: "live", tone: "well" };
}

/** Of all pools: the broker's own sums are told less often. */
function numbersText(pools: readonly Pool[]): string {
  const sum = (of: (pool: Pool) => number | undefined): number =>
    pools.reduce((total, pool) => total + (of(pool) ?? 0), 0);
  const waiting = sum(({ waitingRequests }) => waitingRequests);
  return [
    `${sum(({ usage }) => usage?.leased)} of ${sum(({ usage }) => usage?.total)} ports leased`,
    `${sum(({ usage }) => usage?.free)} free`,
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
  ].join(", ");
}

/** "1m30s"; negative counts as none. */
export function wholeSeconds(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1_000)) * 1_000);
}
