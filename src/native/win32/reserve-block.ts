// Reserves blocks of the kinds with tokens: new ones at a given place or at one to be found, and those that come back.

import type { PortHolder, PortRun, ReservedBlock, ReserveBlockRequest } from "../host-ports.js";
import type { IpFamily } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { lastPortOf } from "../port-runs.js";
import type { PortTrials } from "./bind-port.js";
import { claimAgain, claimAnywhere, claimNew } from "./claim-reservations.js";
import { explainError } from "./error-table.js";
import { lastTakenPort } from "./find-run.js";
import type { PortSockets } from "./port-sockets.js";
import {
  isFailure,
  type Reservation,
  type ReservationMaker,
  RuntimeReservations,
} from "./reservations.js";
import { forRun, TokenBlock } from "./token-block.js";
import { win32Error, type Win32Failure } from "./win32-failure.js";

/** Runs that are tried before a search gives up: each that is lost was free a moment before, which does not happen often. */
export const runTriesMax = 16;

/** What a search for a place needs of the host. */
export interface BlockPlaces {
  /** Runs that look free, in the order of preference. */
  candidates(request: ReserveBlockRequest): AsyncIterable<PortRun> | Iterable<PortRun>;
  holdersOf(port: number): Promise<readonly PortHolder[]>;
}

export interface BlockReserverParts {
  readonly maker: ReservationMaker;
  readonly trials: Pick<PortTrials, "tryPort">;
  readonly sockets: PortSockets;
  readonly family: IpFamily;
  readonly places: BlockPlaces;
}

/** Throws NativeError; see HostPorts.reserveBlock. */
export async function reserveTokenBlock(
  parts: BlockReserverParts,
  request: ReserveBlockRequest,
): Promise<ReservedBlock> {
  const { firstPort, portCount, isolation, leasedPorts } = request;
  if (firstPort === null) return await reserveAnywhere(parts, request);
  const run = { firstPort, portCount };
  if (leasedPorts !== null) {
    const intend = (): Promise<void> => request.intend(run);
    const again = await claimAgain(parts, run, isolation, leasedPorts, intend);
    return new TokenBlock(parts, run, isolation, again);
  }
  const made = await makeNew(parts, run, request);
  if (isFailure(made)) throw await refusedAt(parts, run, made);
  return new TokenBlock(parts, run, isolation, made);
}

async function reserveAnywhere(
  parts: BlockReserverParts,
  request: ReserveBlockRequest,
): Promise<ReservedBlock> {
  const { portCount, isolation, pick } = request;
  const { maker } = parts;
  if (maker instanceof RuntimeReservations && pick === "any" && isolation === "shared") {
    const direct = claimAnywhere(maker, parts.trials, portCount);
    if (direct !== null) return new TokenBlock(parts, direct.run, isolation, [direct]);
  }
  let tries = 0;
  for await (const run of parts.places.candidates(request)) {
    const made = await makeNew(parts, run, request);
    if (!isFailure(made)) return new TokenBlock(parts, run, isolation, made);
    if (explainError(made.api, made.errorNumber).code !== "PORT_TAKEN") {
      throw win32Error(made, forRun(run));
    }
    tries += 1;
    if (tries === runTriesMax) break;
  }
  throw noFreeRange(portCount, tries);
}

/** Intends before it makes what outlives this process, and only where nothing of that name is there: that may be a stranger's. */
async function makeNew(
  parts: BlockReserverParts,
  run: PortRun,
  { isolation, intend }: ReserveBlockRequest,
): Promise<readonly Reservation[] | Win32Failure> {
  const { maker } = parts;
  if (maker.outlivesProcess) {
    const there = maker.find(run);
    if (isFailure(there)) throw win32Error(there, forRun(run));
    if (there !== null) throw alreadyThere(run);
    await intend(run);
  }
  return await claimNew(parts, run, isolation);
}

async function refusedAt(
  { maker, trials, places }: BlockReserverParts,
  run: PortRun,
  failure: Win32Failure,
): Promise<NativeError> {
  const { name, code } = explainError(failure.api, failure.errorNumber);
  if (code !== "PORT_TAKEN") return win32Error(failure, forRun(run));
  const port = await lastTakenPort(trials, maker.protocol, run);
  const holders = port === null ? [] : await places.holdersOf(port);
  const who = holders.map((holder) => `process ${holder.processId} (${holder.processName})`);
  const what =
    port === null ? "overlaps a reservation or an exclusion" : `needs port ${port}, which is taken`;
  const by = who.length === 0 ? "" : ` by ${who.join(", ")}`;
  return new NativeError(
    "PORT_TAKEN",
    `The block ${run.firstPort}-${lastPortOf(run)} ${what}${by}: ${failure.api} answers ${name} (${failure.errorNumber}). ` +
      "Nothing was reserved. Choose another range, or let portlease choose one; portlease explain PORT says who has a port.",
    {
      api: failure.api,
      errorNumber: failure.errorNumber,
      errorName: name,
      port: port ?? run.firstPort,
      holders,
    },
  );
}

function alreadyThere(run: PortRun): NativeError {
  return new NativeError(
    "PORT_TAKEN",
    `There is a persistent reservation of exactly the ports ${run.firstPort}-${lastPortOf(run)} already. ` +
      "Nothing was reserved. If it is an earlier block of portlease, adopt or delete it with portlease blocks; else choose another range.",
    { port: run.firstPort },
  );
}

function noFreeRange(portCount: number, tries: number): NativeError {
  return new NativeError(
    "NO_FREE_RANGE",
    `No ${portCount} consecutive free ports were found${tries === 0 ? "" : ` (${tries} runs were tried and lost)`}. ` +
      "Ask for fewer ports, give a first port, or look at: netsh interface ipv4 show excludedportrange protocol=tcp",
  );
}
