// `portlease run` in the lab, as a Windows program that starts the listenfd client.

import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { PortPool } from "./port-pool.js";
import { wineLab, windowsPath } from "./wine-lab.js";
import { WineProcess } from "./wine-process.js";

/** What the client says it is; see test/wine/listenfd-client. */
export interface ListenfdClaim {
  readonly processId?: number;
  readonly secret?: string;
  /** After how many clients it ends; 1 unless told. */
  readonly clients?: number;
}

export interface WineRunOptions {
  readonly pool: PortPool;
  readonly address: string;
  /** Options of `run`. */
  readonly options?: readonly string[];
  /** The program and its arguments, as Windows calls them. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export function startWineRun({
  pool,
  address,
  options = [],
  command,
  environment = {},
}: WineRunOptions): WineProcess {
  const run = ["dist/portlease/main.js", "run", "--address", address, ...options];
  return new WineProcess({
    name: "wine-run",
    args: [...run, "--", ...command],
    environment: { ...pool.environment, ...environment },
  });
}

export function listenfdClient(claim: ListenfdClaim = {}): readonly string[] {
  const { processId = "own", secret = "own", clients = 1 } = claim;
  return [windowsPath(wineLab().listenfdClient), String(processId), secret, String(clients)];
}

/** The lines until one that is `last`, without it. Rejects when the program ends before. */
export async function linesUntil(run: WineProcess, last: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await run.nextLine();
    if (line === null) throw new Error(`it ended without "${last}": ${(await run.exited).stderr}`);
    if (line === last) return lines;
    lines.push(line);
  }
}

/** The id of the Windows process that answers a connection there. */
export async function connectionServedBy(port: number): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return Number(await text(socket));
}
