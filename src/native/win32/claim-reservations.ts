// Makes the reservations of a block: for a new run, all or nothing; for a block that comes back, whatever can be had.
// Where the run lies, and the block that is made of it, are others' business.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Isolation, PortRun } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import type { PortTrials } from "./bind-port.js";
import { explainError } from "./error-table.js";
import { isFailure, type Reservation, type ReservationMaker } from "./reservations.js";
import { forRun, isAbsent, reservationsPerSlice } from "./token-block.js";
import { win32Error, type Win32Failure } from "./win32-failure.js";

/**
 * Limit of a block that must be made of one-port reservations. Windows searches its reservations one after another for every
 * bind; 16,000 of them slowed the whole network of a host: https://github.com/microsoft/WSL/issues/41162
 */
export const onePortReservationsMax = 2_048;

export interface ReservationClaims {
  readonly maker: ReservationMaker;
  readonly trials: Pick<PortTrials, "tryPort">;
}

/** All of the run, or the failure that stopped it; then nothing of it stays. Throws NativeError. */
export async function claimNew(
  { maker, trials }: ReservationClaims,
  run: PortRun,
  isolation: Isolation,
): Promise<readonly Reservation[] | Win32Failure> {
  if (isolation === "per-lease") return await claimSingles(maker, run);
  const made = maker.make(run);
  if (isFailure(made)) return made;
  try {
    if (takesPortNumbers({ maker, trials }, made)) return [made];
  } catch (error) {
    giveBack(maker, made);
    throw error;
  }
  giveBack(maker, made);
  return await claimSingles(maker, run);
}

/** As far as it was found or can be made; the other ports stay uncovered. `intend` is called before anything new is made. */
export async function claimAgain(
  claims: ReservationClaims,
  run: PortRun,
  isolation: Isolation,
  intend: () => Promise<void>,
): Promise<readonly Reservation[]> {
  const { maker } = claims;
  const found = await findMade(maker, run, isolation);
  const missing = portsWithout(run, found);
  if (missing.length === 0) return found;
  if (maker.outlivesProcess) await intend();
  if (found.length === 0 && isolation === "shared") {
    const whole = maker.make(run);
    if (!isFailure(whole) && takesPortNumbers(claims, whole)) return [whole];
    if (!isFailure(whole)) giveBack(maker, whole);
    else if (!maker.outlivesProcess) return await claimPieces(maker, run, whole);
    else refuseUnlessTaken(whole, run);
  }
  const made: Reservation[] = [...found];
  for (const [index, firstPort] of missing.entries()) {
    if (index % reservationsPerSlice === 0) await nextTurn();
    const single = maker.make({ firstPort, portCount: 1 });
    if (isFailure(single)) refuseUnlessTaken(single, { firstPort, portCount: 1 });
    else made.push(single);
  }
  return made;
}

/** What an earlier life of this block left: the whole run, or single ports of it, which are the only ways it is ever made. */
export async function findMade(
  maker: ReservationMaker,
  run: PortRun,
  isolation: Isolation | null,
): Promise<readonly Reservation[]> {
  if (!maker.outlivesProcess) return [];
  if (isolation !== "per-lease" || run.portCount === 1) {
    const whole = findOne(maker, run);
    if (whole !== null) return [whole];
  }
  const singles: Reservation[] = [];
  for (let offset = 0; offset < run.portCount; offset += 1) {
    if (offset % reservationsPerSlice === 0) await nextTurn();
    const single = findOne(maker, { firstPort: run.firstPort + offset, portCount: 1 });
    if (single !== null) singles.push(single);
  }
  return singles;
}

function findOne(maker: ReservationMaker, run: PortRun): Reservation | null {
  const result = maker.find(run);
  if (isFailure(result)) throw win32Error(result, forRun(run));
  return result;
}

async function claimSingles(
  maker: ReservationMaker,
  run: PortRun,
): Promise<readonly Reservation[] | Win32Failure> {
  if (run.portCount > onePortReservationsMax) throw tooManySingles(run);
  const made: Reservation[] = [];
  for (let offset = 0; offset < run.portCount; offset += 1) {
    if (offset % reservationsPerSlice === 0) await nextTurn();
    const single = maker.make({ firstPort: run.firstPort + offset, portCount: 1 });
    if (!isFailure(single)) {
      made.push(single);
      continue;
    }
    giveBackAll(maker, made);
    return single;
  }
  return made;
}

/** Halves what is refused, down to single ports: few large pieces around few bound ports. */
async function claimPieces(
  maker: ReservationMaker,
  run: PortRun,
  refused: Win32Failure,
): Promise<readonly Reservation[]> {
  refuseUnlessTaken(refused, run);
  if (run.portCount === 1) return [];
  await nextTurn();
  const half = Math.floor(run.portCount / 2);
  const halves = [
    { firstPort: run.firstPort, portCount: half },
    { firstPort: run.firstPort + half, portCount: run.portCount - half },
  ];
  const pieces: Reservation[] = [];
  for (const part of halves) {
    const made = maker.make(part);
    if (isFailure(made)) pieces.push(...(await claimPieces(maker, part, made)));
    else pieces.push(made);
  }
  return pieces;
}

/**
 * Whether a port of a reservation of several can be bound by its number: no page of Microsoft says so, and where it is refused
 * blocks are made of one-port reservations. Nobody can be bound to the port here, else the reservation was not made.
 */
function takesPortNumbers(
  { maker, trials }: ReservationClaims,
  { run, token }: Reservation,
): boolean {
  const failure = trials.tryPort(maker.protocol, run.firstPort, token, run.portCount);
  if (failure === null) return true;
  // Not a matter of numbers: the association itself, or a lack of something.
  if (failure.api === "bind") return false;
  throw win32Error(failure, forRun(run), { port: run.firstPort });
}

/** Goes on after a failure, so that as little as possible stays; throws the first. */
function giveBackAll(maker: ReservationMaker, reservations: readonly Reservation[]): void {
  const failures: unknown[] = [];
  for (const reservation of reservations) {
    try {
      giveBack(maker, reservation);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function giveBack(maker: ReservationMaker, reservation: Reservation): void {
  const failure = maker.remove(reservation);
  if (failure === null || isAbsent(failure)) return;
  throw win32Error(failure, forRun(reservation.run));
}

/** A taken port never stops a block from coming back; a lack of rights or of anything else does. */
function refuseUnlessTaken(failure: Win32Failure, run: PortRun): void {
  if (explainError(failure.api, failure.errorNumber).code === "PORT_TAKEN") return;
  throw win32Error(failure, forRun(run));
}

function portsWithout(run: PortRun, reservations: readonly Reservation[]): readonly number[] {
  const covered = new Set(
    reservations.flatMap(({ run: { firstPort, portCount } }) =>
      Array.from({ length: portCount }, (_, offset) => firstPort + offset),
    ),
  );
  const ports = Array.from({ length: run.portCount }, (_, offset) => run.firstPort + offset);
  return ports.filter((port) => !covered.has(port));
}

function tooManySingles(run: PortRun): NativeError {
  return new NativeError(
    "UNSUPPORTED",
    `This build of Windows does not bind a port inside a larger reservation by its number, so that ${forRun(run).slice(4)} would ` +
      `need one reservation each, and more than ${onePortReservationsMax} slow the network of the host. ` +
      "Ask for fewer ports, or use kind administered.",
  );
}
