// The reservations of an imaginary kernel: how they are made, found again, and what becomes of them when a process or the host ends.

import type { Isolation, PortRun, ReservationKind, ReservationQuery } from "../host-ports.js";
import { lastPortOf } from "../port-runs.js";
import { bindMethodOf } from "./fake-block.js";
import type { FakeNetwork, FakeReservation } from "./fake-network.js";

export class FakeReservations {
  readonly #network: FakeNetwork;
  /** Beyond 2^53 on purpose: whoever keeps tokens as numbers fails. */
  #nextToken = 0xf000_0000_0000_0001n;

  constructor(network: FakeNetwork) {
    this.#network = network;
  }

  nextToken(): bigint {
    return this.#nextToken++;
  }

  /** `lent`: see FakeReservation. */
  make(
    query: ReservationQuery,
    isolation: Isolation,
    open: boolean,
    lent: ReadonlySet<number> | null = null,
  ): FakeReservation {
    const shared = hasToken(query.kind) ? this.nextToken() : 0n;
    const each = (): bigint => (shared === 0n ? 0n : this.nextToken());
    const tokens = new Map(
      [...portsOf(query)].map((port) => [port, isolation === "shared" ? shared : each()]),
    );
    const perPort = isolation === "per-lease";
    const letGo = { uncovered: new Set<number>(), lost: new Set<number>(), lent: copyOf(lent) };
    return { ...query, tokens, ...letGo, perPort, open };
  }

  /** Whether the kernel knows a reservation of exactly this run. */
  isKnown(query: ReservationQuery): boolean {
    return this.#alike(query).some((reservation) =>
      reservation.perPort
        ? query.portCount === 1 && [...portsOf(reservation)].includes(query.firstPort)
        : sameRun(reservation, query),
    );
  }

  /** Made with this run in an earlier life, and not taken up again yet. */
  closed(query: ReservationQuery): FakeReservation | null {
    return this.#alike(query).find((found) => sameRun(found, query) && !found.open) ?? null;
  }

  /** Removes what was made with exactly this run or with single ports of it; returns how many reservations that were. */
  remove(query: ReservationQuery): number {
    const ports = new Set(portsOf(query));
    const parts = this.#alike(query).filter(
      (found) => sameRun(found, query) || (found.portCount === 1 && ports.has(found.firstPort)),
    );
    for (const part of parts) this.#network.reservations.delete(part);
    return parts.reduce((sum, { perPort, portCount }) => sum + (perPort ? portCount : 1), 0);
  }

  #alike({ kind, protocol }: ReservationQuery): readonly FakeReservation[] {
    const alike = (found: FakeReservation): boolean =>
      found.kind === kind && found.protocol === protocol;
    return [...this.#network.reservations].filter(alike);
  }

  endProcess(): void {
    for (const reservation of this.#network.reservations) {
      reservation.open = false;
      if (!outlivesProcess(reservation.kind)) this.#network.reservations.delete(reservation);
    }
  }

  renewTokens(): void {
    for (const { tokens } of this.#network.reservations) {
      const fresh = new Map<bigint, bigint>([[0n, 0n]]);
      for (const [port, token] of tokens) {
        if (!fresh.has(token)) fresh.set(token, this.nextToken());
        tokens.set(port, fresh.get(token) ?? 0n);
      }
    }
  }
}

function copyOf(ports: ReadonlySet<number> | null): Set<number> | null {
  return ports === null ? null : new Set(ports);
}

function sameRun(a: PortRun, b: PortRun): boolean {
  return a.firstPort === b.firstPort && a.portCount === b.portCount;
}

export function outlivesProcess(kind: ReservationKind): boolean {
  return kind === "persistent" || kind === "administered";
}

export function hasToken(kind: ReservationKind): boolean {
  return bindMethodOf[kind] === "associate" || bindMethodOf[kind] === "handoff";
}

export function* portsOf(run: PortRun): Generator<number> {
  for (let port = run.firstPort; port <= lastPortOf(run); port += 1) yield port;
}
