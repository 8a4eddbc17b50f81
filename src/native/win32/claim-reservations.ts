// Makes the reservations of a block: for a new run, all or nothing; for a block that comes back, whatever can be had.
// Where the run lies, and the block that is made of it, are others' business.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Isolation, PortRun } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import type { PortTrials } from "./bind-port.js";
import { explainError } from "./error-table.js";
import { giveBack, orGiveBack } from "./give-back.js";
import {
  isFailure,
  type Reservation,
  type ReservationMaker,
  type RuntimeReservations,
} from "./reservations.js";
import { forRun, reservationsPerSlice } from "./token-block.js";
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
  claims: ReservationClaims,
  run: PortRun,
  isolation: Isolation,
): Promise<readonly Reservation[] | Win32Failure> {
  const { maker } = claims;
  if (isolation === "per-lease") return await claimSingles(maker, run);
  const made = maker.make(run);
  if (isFailure(made)) return made;
  if (keepIfNumbered(claims, made)) return [made];
  return await claimSingles(maker, run);
}

/**
 * A run where the kernel likes, which may be inside the dynamic range. `null` when there is none, or when it would have to be
 * made of one-port reservations. Throws NativeError.
 */
export function claimAnywhere(
  maker: RuntimeReservations,
  trials: ReservationClaims["trials"],
  portCount: number,
): Reservation | null {
  const made = maker.makeAnywhere(portCount);
  return !isFailure(made) && keepIfNumbered({ maker, trials }, made) ? made : null;
}

/** As far as it was found or can be made; the other ports stay uncovered. `intend` is called before anything new is made. */
export async function claimAgain(
  claims: ReservationClaims,
  run: PortRun,
  isolation: Isolation,
  intend: () => Promise<void>,
): Promise<readonly Reservation[]> {
  const { maker, trials } = claims;
  const found = await findMade(maker, run, isolation);
  const missing = portsWithout(run, found);
  if (missing.length === 0) return found;
  if (maker.outlivesProcess) await intend();
  const asOne = found.length === 0 && isolation === "shared";
  return await orGiveBack(maker, async (remembering) => {
    const whole = asOne ? await claimWhole({ maker: remembering, trials }, run) : null;
    return whole ?? [...found, ...(await claimEach(remembering, missing))];
  });
}

/** `null` where single ports must be tried. */
async function claimWhole(
  claims: ReservationClaims,
  run: PortRun,
): Promise<readonly Reservation[] | null> {
  const { maker } = claims;
  const whole = maker.make(run);
  if (!isFailure(whole)) return keepIfNumbered(claims, whole) ? [whole] : null;
  if (!maker.outlivesProcess) return await claimPieces(claims, run, whole);
  refuseUnlessTaken(whole, run);
  return null;
}

/** One-port reservations of those that are not taken. */
async function claimEach(
  maker: ReservationMaker,
  ports: readonly number[],
): Promise<readonly Reservation[]> {
  const made: Reservation[] = [];
  for (const [index, firstPort] of ports.entries()) {
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
  return await orGiveBack(maker, async (remembering) => {
    const made: Reservation[] = [];
    for (let offset = 0; offset < run.portCount; offset += 1) {
      if (offset % reservationsPerSlice === 0) await nextTurn();
      const single = remembering.make({ firstPort: run.firstPort + offset, portCount: 1 });
      if (!isFailure(single)) {
        made.push(single);
        continue;
      }
      for (const reservation of made) giveBack(remembering, reservation);
      return single;
    }
    return made;
  });
}

/** Halves what is refused, down to single ports: few large pieces around few bound ports. */
async function claimPieces(
  claims: ReservationClaims,
  run: PortRun,
  refused: Win32Failure,
): Promise<readonly Reservation[]> {
  refuseUnlessTaken(refused, run);
  if (run.portCount === 1) return [];
  await nextTurn();
  const { maker } = claims;
  const half = Math.floor(run.portCount / 2);
  const halves = [
    { firstPort: run.firstPort, portCount: half },
    { firstPort: run.firstPort + half, portCount: run.portCount - half },
  ];
  const pieces: Reservation[] = [];
  for (const part of halves) {
    const made = maker.make(part);
    if (isFailure(made)) pieces.push(...(await claimPieces(claims, part, made)));
    else if (part.portCount === 1 || keepIfNumbered(claims, made)) pieces.push(made);
    else pieces.push(...(await claimEach(maker, portsOf(part))));
  }
  return pieces;
}

/** Whether the reservation can be used as it is; if not, or if that cannot be tried (then it throws), it is given back. */
function keepIfNumbered(claims: ReservationClaims, made: Reservation): boolean {
  let kept = false;
  try {
    kept = takesPortNumbers(claims, made);
  } catch (error) {
    // What cannot be given back does not hide why.
    claims.maker.remove(made);
    throw error;
  }
  if (!kept) giveBack(claims.maker, made);
  return kept;
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

/** A taken port never stops a block from coming back; a lack of rights or of anything else does. */
function refuseUnlessTaken(failure: Win32Failure, run: PortRun): void {
  if (explainError(failure.api, failure.errorNumber).code === "PORT_TAKEN") return;
  throw win32Error(failure, forRun(run));
}

function portsWithout(run: PortRun, reservations: readonly Reservation[]): readonly number[] {
  const covered = new Set(reservations.flatMap((reservation) => portsOf(reservation.run)));
  return portsOf(run).filter((port) => !covered.has(port));
}

function portsOf(run: PortRun): readonly number[] {
  return Array.from({ length: run.portCount }, (_, offset) => run.firstPort + offset);
}

function tooManySingles(run: PortRun): NativeError {
  return new NativeError(
    "UNSUPPORTED",
    `This build of Windows does not bind a port inside a larger reservation by its number, so that ${forRun(run).slice(4)} would ` +
      `need one reservation each, and more than ${onePortReservationsMax} slow the network of the host. ` +
      "Ask for fewer ports, or use kind administered.",
  );
}
