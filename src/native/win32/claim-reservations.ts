// Makes the reservations of a block: for a new run, all or nothing; for a block that comes back, whatever can be had.
// Where the run lies, and the block that is made of it, are others' business.

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Isolation, PortRun } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { lastPortOf } from "../port-runs.js";
import type { PortTrials } from "./bind-port.js";
import { explainError } from "./error-table.js";
import {
  isFailure,
  type Reservation,
  type ReservationMaker,
  type RuntimeReservations,
} from "./reservations.js";
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
  const whole = makeWhole({ maker, trials }, run);
  if (whole === "numbers-refused") return await claimSingles(maker, run);
  return isFailure(whole) ? whole : [whole];
}

/**
 * One reservation where the kernel likes, which may be inside the dynamic range. `null` when there is none, or when the block
 * would have to be made of one-port reservations. Throws NativeError.
 */
export function claimAnywhere(
  maker: RuntimeReservations,
  trials: ReservationClaims["trials"],
  portCount: number,
): Reservation | null {
  const made = maker.makeAnywhere(portCount);
  return !isFailure(made) && keepIfNumbered({ maker, trials }, made) ? made : null;
}

/**
 * As far as it was found or can be made; the other ports stay uncovered, `leasedPorts` last. `intend` is called before
 * anything new is made.
 */
export async function claimAgain(
  claims: ReservationClaims,
  run: PortRun,
  isolation: Isolation,
  leasedPorts: ReadonlySet<number>,
  intend: () => Promise<void>,
): Promise<readonly Reservation[]> {
  const { maker } = claims;
  const claimed = [...(await findMade(maker, run, isolation))];
  const missing = portsWithout(run, claimed);
  if (missing.length === 0) return claimed;
  if (maker.outlivesProcess) await intend();
  try {
    const nothingYet = claimed.length === 0;
    const settled =
      nothingYet && isolation === "shared" && (await claimWhole(claims, run, claimed));
    if (!settled) await claimMissing(maker, missing, leasedPorts, claimed);
    return claimed;
  } catch (error) {
    // What outlives the process is found again by the next attempt.
    if (!maker.outlivesProcess) for (const reservation of claimed) giveBack(maker, reservation);
    throw error;
  }
}

/** Pushes what it gets to `claimed`. False when the ports have to be had one by one. */
async function claimWhole(
  claims: ReservationClaims,
  run: PortRun,
  claimed: Reservation[],
): Promise<boolean> {
  const whole = makeWhole(claims, run);
  if (whole === "numbers-refused") return false;
  if (!isFailure(whole)) {
    claimed.push(whole);
    return true;
  }
  refuseUnlessTaken(whole, run);
  if (claims.maker.outlivesProcess) return false;
  await claimHalves(claims, run, claimed);
  return true;
}

/** Ports of live leases first, while there is room. */
async function claimMissing(
  maker: ReservationMaker,
  missing: readonly number[],
  leasedPorts: ReadonlySet<number>,
  claimed: Reservation[],
): Promise<void> {
  const leasedFirst = missing.toSorted(
    (a, b) => Number(leasedPorts.has(b)) - Number(leasedPorts.has(a)),
  );
  const room = Math.max(0, onePortReservationsMax - claimed.length);
  for (const [index, firstPort] of leasedFirst.slice(0, room).entries()) {
    if (index % reservationsPerSlice === 0) await nextTurn();
    const single = maker.make({ firstPort, portCount: 1 });
    if (isFailure(single)) refuseUnlessTaken(single, { firstPort, portCount: 1 });
    else claimed.push(single);
  }
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
  let complete = false;
  try {
    for (let offset = 0; offset < run.portCount; offset += 1) {
      if (offset % reservationsPerSlice === 0) await nextTurn();
      const single = maker.make({ firstPort: run.firstPort + offset, portCount: 1 });
      if (isFailure(single)) return single;
      made.push(single);
    }
    complete = true;
    return made;
  } finally {
    if (!complete) for (const reservation of made) giveBack(maker, reservation);
  }
}

/** Halves what was refused, down to single ports: few large pieces around few bound ports. Pushes them to `claimed`. */
async function claimHalves(
  claims: ReservationClaims,
  run: PortRun,
  claimed: Reservation[],
): Promise<void> {
  if (run.portCount === 1) return;
  await nextTurn();
  const half = Math.floor(run.portCount / 2);
  const halves = [
    { firstPort: run.firstPort, portCount: half },
    { firstPort: run.firstPort + half, portCount: run.portCount - half },
  ];
  for (const part of halves) {
    const made = makeWhole(claims, part);
    if (made !== "numbers-refused" && !isFailure(made)) {
      claimed.push(made);
      continue;
    }
    if (made !== "numbers-refused") refuseUnlessTaken(made, part);
    await claimHalves(claims, part, claimed);
  }
}

/** One reservation for all, given back at once where its ports cannot be bound by their numbers. */
function makeWhole(
  claims: ReservationClaims,
  run: PortRun,
): Reservation | Win32Failure | "numbers-refused" {
  const made = claims.maker.make(run);
  if (isFailure(made)) return made;
  return keepIfNumbered(claims, made) ? made : "numbers-refused";
}

function keepIfNumbered(claims: ReservationClaims, made: Reservation): boolean {
  let kept = false;
  try {
    kept = takesPortNumbers(claims, made);
  } catch (error) {
    // What cannot be given back must not hide why.
    claims.maker.remove(made);
    throw error;
  }
  if (!kept) giveBack(claims.maker, made);
  return kept;
}

/**
 * Whether a port of a reservation of several can be bound by its number: no page of Microsoft says so, and where it is refused
 * blocks are made of one-port reservations. Nobody should be bound in a reservation that was just made, and hardly to both of
 * the ports that are tried.
 */
function takesPortNumbers(
  { maker, trials }: ReservationClaims,
  { run, token }: Reservation,
): boolean {
  // One port is had by binding to port 0, if need be.
  if (run.portCount === 1) return true;
  return [run.firstPort, lastPortOf(run)].some((port) => {
    const failure = trials.tryPort(maker.protocol, port, token, run.portCount);
    // Not a matter of numbers: the association itself, or a lack of something.
    if (failure !== null && failure.api !== "bind")
      throw win32Error(failure, forRun(run), { port });
    return failure === null;
  });
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
