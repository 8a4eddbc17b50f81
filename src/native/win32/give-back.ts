// Gives back what was made on the way to something that did not come about. What is made, and why, is others' business.

import { isFailure, type Reservation, type ReservationMaker } from "./reservations.js";
import { forRun, isAbsent } from "./token-block.js";
import { win32Error } from "./win32-failure.js";

/** Throws NativeError; no-op for what is gone already. */
export function giveBack(maker: ReservationMaker, reservation: Reservation): void {
  const failure = maker.remove(reservation);
  if (failure === null || isAbsent(failure)) return;
  throw win32Error(failure, forRun(reservation.run));
}

/**
 * Lets `claim` make reservations; when it rejects, all that it has made and not removed is given back, so that neither a
 * reservation nor its socket is left without a block. What cannot be given back does not hide why it failed.
 */
export async function orGiveBack<T>(
  maker: ReservationMaker,
  claim: (maker: ReservationMaker) => Promise<T>,
): Promise<T> {
  const made = new Set<Reservation>();
  const remembering: ReservationMaker = {
    kind: maker.kind,
    protocol: maker.protocol,
    bindMethod: maker.bindMethod,
    outlivesProcess: maker.outlivesProcess,
    find: (run) => maker.find(run),
    make: (run) => {
      const result = maker.make(run);
      if (!isFailure(result)) made.add(result);
      return result;
    },
    remove: (reservation) => {
      made.delete(reservation);
      return maker.remove(reservation);
    },
  };
  try {
    return await claim(remembering);
  } catch (error) {
    for (const reservation of made) maker.remove(reservation);
    throw error;
  }
}
