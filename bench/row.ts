// A line of the table of rows: what all rounds measured in one cell.

import type { Cell, Measurement } from "./rows/cells.js";
import { type Spread, spreadOf, spreadOfKnown } from "./statistics.js";

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly client: string;
  readonly server: string;
  readonly concurrency: number;
  readonly unit: string;
  /** In units. A pair is two calls. */
  readonly perSecond: Spread;
  /** CPU time per call of all threads of the server; `null` where it is not known (other than Linux), or there is none. */
  readonly serverUsPerCall: Spread | null;
  readonly clientUsPerCall: Spread;
  /** How late the server's event loop was, 99 of 100 times at most; `null` for what is no broker. */
  readonly loopDelayP99Ms: Spread | null;
  /** Of a call, by the client's clock. */
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly maxMs: Spread;
  /** Cores that other programs used meanwhile. */
  readonly othersCores: Spread | null;
}

/** One for each cell that was measured. */
export function rowsOf(
  cells: readonly Cell[],
  measurements: readonly Measurement[],
): readonly Row[] {
  return cells.flatMap((cell) => {
    const windows = measurements
      .filter(
        ({ row, client, concurrency }) =>
          row === cell.row && client === cell.client && concurrency === cell.concurrency,
      )
      .map(({ window }) => window);
    if (windows.length === 0) return [];
    const { name, title, server, unit, unitsPerCall } = cell.row;
    const perSecond = windows.map(
      ({ calls, durationMs }) => (calls * unitsPerCall * 1_000) / durationMs,
    );
    return [
      {
        name,
        title,
        client: cell.client,
        server,
        concurrency: cell.concurrency,
        unit,
        perSecond: spreadOf(perSecond),
        serverUsPerCall: spreadOfKnown(windows.map(({ serverUsPerCall }) => serverUsPerCall)),
        clientUsPerCall: spreadOf(windows.map(({ clientUsPerCall }) => clientUsPerCall)),
        loopDelayP99Ms: spreadOfKnown(windows.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
        p50Ms: spreadOf(windows.map(({ p50Ms }) => p50Ms)),
        p99Ms: spreadOf(windows.map(({ p99Ms }) => p99Ms)),
        maxMs: spreadOf(windows.map(({ maxMs }) => maxMs)),
        othersCores: spreadOfKnown(windows.map(({ othersCores }) => othersCores)),
      },
    ];
  });
}
