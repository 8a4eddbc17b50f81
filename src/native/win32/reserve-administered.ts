// Reserves blocks of kind ADMINISTERED: new ones at a given place or at one to be found, and those that come back.

import type {
  ExcludedRange,
  PortRun,
  ReservedBlock,
  ReserveBlockRequest,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { lastPortOf } from "../port-runs.js";
import { AdministeredBlock, type AdministeredBlockHost } from "./administered-block.js";
import { exclusionsWithin, netshError } from "./exclusions.js";
import { lastTakenPort } from "./find-run.js";
import { type BlockPlaces, runTriesMax } from "./reserve-block.js";

export interface AdministeredParts extends AdministeredBlockHost {
  readonly places: BlockPlaces;
}

/** Throws NativeError; see HostPorts.reserveBlock. */
export async function reserveAdministered(
  parts: AdministeredParts,
  request: ReserveBlockRequest,
): Promise<ReservedBlock> {
  const { firstPort, portCount, leasedPorts, protocol } = request;
  if (firstPort === null) return await reserveAnywhere(parts, request);
  const run = { firstPort, portCount };
  if (leasedPorts !== null) {
    const runs = await excludeAgain(parts, run, request);
    return new AdministeredBlock(parts, protocol, run, runs);
  }
  const listed = (await parts.exclusions.list(protocol)) ?? [];
  const overlapping = listed.find((range) => overlap(range, run));
  if (overlapping !== undefined) throw alreadyThere(run, overlapping);
  const taken = await lastTakenPort(parts.trials, protocol, run);
  if (taken !== null) throw await portTaken(parts, run, taken);
  await request.intend(run);
  const refused = await parts.exclusions.add(protocol, run);
  if (refused !== null) throw netshError("add", protocol, run, refused);
  return new AdministeredBlock(parts, protocol, run, [run]);
}

async function reserveAnywhere(
  parts: AdministeredParts,
  request: ReserveBlockRequest,
): Promise<ReservedBlock> {
  const { protocol, portCount } = request;
  let tries = 0;
  for await (const run of parts.places.candidates(request)) {
    await request.intend(run);
    const refused = await parts.exclusions.add(protocol, run);
    if (refused === null) return new AdministeredBlock(parts, protocol, run, [run]);
    tries += 1;
    if (tries === runTriesMax) throw netshError("add", protocol, run, refused);
  }
  throw new NativeError(
    "NO_FREE_RANGE",
    `No ${portCount} consecutive free ports were found. Ask for fewer ports, or give a first port.`,
  );
}

/** The exclusion is found as it was, or made around the ports that are bound now; those stay uncovered. */
async function excludeAgain(
  { exclusions, trials }: AdministeredParts,
  run: PortRun,
  { protocol, intend }: ReserveBlockRequest,
): Promise<readonly PortRun[]> {
  const listed = (await exclusions.list(protocol)) ?? [];
  const ours = exclusionsWithin(listed, run);
  const missing = await freeRunsWithout(trials, protocol, run, ours);
  if (missing.length > 0) await intend(run);
  const added: PortRun[] = [];
  for (const part of missing) {
    if ((await exclusions.add(protocol, part)) === null) added.push(part);
  }
  return [...ours.map(({ firstPort, portCount }) => ({ firstPort, portCount })), ...added];
}

async function freeRunsWithout(
  trials: AdministeredParts["trials"],
  protocol: TransportProtocol,
  run: PortRun,
  covered: readonly PortRun[],
): Promise<readonly PortRun[]> {
  const runs: PortRun[] = [];
  let firstPort: number | null = null;
  for (let port = run.firstPort; port <= lastPortOf(run) + 1; port += 1) {
    const wanted =
      port <= lastPortOf(run) &&
      !covered.some((other) => port >= other.firstPort && port <= lastPortOf(other)) &&
      (await lastTakenPort(trials, protocol, { firstPort: port, portCount: 1 })) === null;
    if (wanted) firstPort ??= port;
    else if (firstPort !== null) {
      runs.push({ firstPort, portCount: port - firstPort });
      firstPort = null;
    }
  }
  return runs;
}

async function portTaken(
  { places }: AdministeredParts,
  run: PortRun,
  port: number,
): Promise<NativeError> {
  const holders = await places.holdersOf(port);
  const who = holders.map((holder) => `process ${holder.processId} (${holder.processName})`);
  return new NativeError(
    "PORT_TAKEN",
    `Port ${port} of the block ${run.firstPort}-${lastPortOf(run)} is taken${who.length === 0 ? "" : ` by ${who.join(", ")}`}, ` +
      "and Windows excludes only ports that nobody uses. Nothing was reserved. Stop that process, or choose another range.",
    { port, holders },
  );
}

function overlap(a: PortRun, b: PortRun): boolean {
  return a.firstPort <= lastPortOf(b) && b.firstPort <= lastPortOf(a);
}

function alreadyThere(run: PortRun, range: ExcludedRange): NativeError {
  const what = range.administered ? "an administered exclusion" : "a reservation";
  return new NativeError(
    "PORT_TAKEN",
    `The block ${run.firstPort}-${lastPortOf(run)} overlaps ${what}, ${range.firstPort}-${lastPortOf(range)}. Nothing was reserved. ` +
      "If it is an earlier block of portlease, adopt or delete it with portlease blocks; else choose another range.",
    { port: Math.max(run.firstPort, range.firstPort) },
  );
}
