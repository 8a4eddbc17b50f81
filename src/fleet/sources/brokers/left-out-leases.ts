// Leases of a broker of the list that are left out because there are more than a broker can have: counted, and told as what cannot be
// understood is.

import type { FleetSink } from "../../view/fleet-sink.js";
import { highestPort } from "./within-bounds.js";

/** Each lease has a port of TCP or of UDP for itself at least. Whoever tells more is no broker, and must not fill the memory. */
export const leasesPerBrokerMax = 2 * highestPort;

export class LeftOutLeases {
  readonly #sink: Pick<FleetSink, "setUnreadable">;
  readonly #leasesMax: number;
  #count = 0;
  /** What was told, under which key; `null`: nothing is. */
  #told: string | null = null;

  constructor(sink: Pick<FleetSink, "setUnreadable">, leasesMax: number) {
    this.#sink = sink;
    this.#leasesMax = leasesMax;
  }

  /** The first one is told at once; how many there are, at the end of the snapshot. */
  add(hostId: string): void {
    this.#count += 1;
    if (this.#told === null) this.#tell(hostId, "more");
  }

  /** A snapshot begins: all are counted anew. */
  begin(): void {
    this.#count = 0;
  }

  /** A snapshot has ended: what is left out is known, or that nothing is. */
  end(hostId: string): void {
    this.clear();
    if (this.#count > 0) this.#tell(hostId, `${this.#count} more`);
  }

  /** Tells nothing of them any more. Idempotent. */
  clear(): void {
    if (this.#told !== null) this.#sink.setUnreadable(this.#told, null);
    this.#told = null;
  }

  #tell(hostId: string, howMany: string): void {
    const key = `leases of ${hostId}`;
    const why = `its broker tells ${howMany} than the ${this.#leasesMax} that a broker can have, which are left out`;
    this.#told = key;
    this.#sink.setUnreadable(key, { key, why });
  }
}
