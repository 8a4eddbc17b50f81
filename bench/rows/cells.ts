// Cells: a row, by one client, at so many requests in flight. Measures one of them.

import type { BenchOptions } from "../options.js";
import { runClosedLoop, type Turn } from "./closed-loop.js";
import type { Connection } from "./connection.js";
import { javascriptTurns, turnsWithoutServer } from "./javascript-turns.js";
import { runNativeLoad } from "./native-load.js";
import type { ClientName, RowDefinition } from "./rows.js";
import { measureWindow, type Target, type Window } from "./window.js";

export interface Cell {
  readonly row: RowDefinition;
  readonly client: ClientName;
  readonly concurrency: number;
}

/** What one round measured in a cell. */
export interface Measurement extends Cell {
  readonly round: number;
  readonly window: Window;
}

/** A server that is up, as cells ask it. */
export interface Server extends Target {
  /** For the native client. */
  readonly address: string;
  /** Of the JavaScript client; `null` where that does not ask it. */
  readonly connection: Connection | null;
}

/** Those of the options, of rows that are there. */
export function cellsOf(
  rows: readonly RowDefinition[],
  {
    rows: wanted,
    clients,
    concurrencies,
  }: Pick<BenchOptions, "rows" | "clients" | "concurrencies">,
): readonly Cell[] {
  return rows
    .filter(({ name }) => wanted.includes(name))
    .flatMap((row) =>
      row.clients
        .filter((client) => clients.includes(client))
        .flatMap((client) =>
          concurrencies
            .filter((concurrency) => concurrency <= (row.concurrencyMax ?? Infinity))
            .map((concurrency) => ({ row, client, concurrency })),
        ),
    );
}

/** Rejects when a call fails. */
export function measureCell(
  { row, client, concurrency }: Cell,
  server: Server,
  { warmUpMs, measureMs }: { readonly warmUpMs: number; readonly measureMs: number },
): Promise<Window> {
  const loop = { concurrency, warmUpMs, measureMs };
  if (client === "native") {
    return measureWindow(server, (watch) =>
      runNativeLoad({ ...loop, row: row.name, address: server.address }, watch),
    );
  }
  const turn = turnOf(row, server);
  return measureWindow(server, (watch) => runClosedLoop(turn, loop, watch));
}

function turnOf({ name, server }: RowDefinition, { connection }: Server): Turn {
  const turn =
    connection === null ? turnsWithoutServer[name]?.() : javascriptTurns[name]?.(connection);
  if (turn === undefined)
    throw new RangeError(`the JavaScript client cannot ask ${server}: ${name}`);
  return turn;
}
