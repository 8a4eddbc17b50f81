// Reservations that outlive processes, by the records of the blocks that they were made for: whether they are there, and their
// removal without taking them up first. A block of TCP and UDP has one in each.

import { type HostPorts, NativeError, type ReservationQuery } from "@portlease/native";
import { portCountOf } from "../domain/port-range.js";
import type { BlockRecord, ReservationKind } from "../domain/records.js";
import { transportsOf } from "../domain/shared-ports.js";

/** Whether the operating system keeps a block when the broker ends. */
export function outlivesBroker(kind: ReservationKind): boolean {
  return kind === "persistent" || kind === "administered";
}

export class LastingReservations {
  readonly #hostPorts: Pick<HostPorts, "hasReservation" | "removeReservation">;

  constructor(hostPorts: Pick<HostPorts, "hasReservation" | "removeReservation">) {
    this.#hostPorts = hostPorts;
  }

  /**
   * Whether any part of it is there; `null` when that cannot be told. A persistent block may have been made of one reservation,
   * or of one for each port (isolation per-lease, or where the kernel binds no explicit port in a larger one).
   */
  async has(record: BlockRecord): Promise<boolean | null> {
    let unknown = false;
    for (const whole of queriesOf(record)) {
      for (const query of record.kind === "persistent" ? withSingles(whole) : [whole]) {
        const answer = await this.#ask(query);
        if (answer === true) return true;
        unknown ||= answer === null;
      }
    }
    return unknown ? null : false;
  }

  /** Resolves with how many reservations were removed; 0 when there were none. Rejects with NativeError. */
  async remove(record: BlockRecord): Promise<number> {
    let count = 0;
    for (const query of queriesOf(record)) count += await this.#hostPorts.removeReservation(query);
    return count;
  }

  /** A lookup that is refused, as without the rights for it, tells nothing. */
  async #ask(query: ReservationQuery): Promise<boolean | null> {
    try {
      return await this.#hostPorts.hasReservation(query);
    } catch (error) {
      if (error instanceof NativeError) return null;
      throw error;
    }
  }
}

function queriesOf({ kind, protocol, ports }: BlockRecord): readonly ReservationQuery[] {
  const run = { firstPort: ports.firstPort, portCount: portCountOf(ports) };
  return transportsOf(protocol).map((transport) => ({ kind, protocol: transport, ...run }));
}

function* withSingles(query: ReservationQuery): Generator<ReservationQuery> {
  yield query;
  if (query.portCount === 1) return;
  for (let offset = 0; offset < query.portCount; offset += 1) {
    yield { ...query, firstPort: query.firstPort + offset, portCount: 1 };
  }
}
