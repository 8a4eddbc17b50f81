// Ports that the configuration gives to one service, or to one instance of it, whether it uses them or not.

import type { Pin } from "./pool-policy.js";
import type { PortRange } from "./port-range.js";
import type { Holder } from "./records.js";

/** What a caller says of itself. A claim, not a proof: a pin keeps ports from strangers, not from who uses the service's name. */
export type Claimant = Pick<Holder, "service" | "instance">;

export class Pins {
  readonly #byPort = new Map<number, Pin[]>();
  readonly #byService = new Map<string, Pin[]>();

  constructor(pins: readonly Pin[]) {
    for (const pin of pins) {
      append(this.#byPort, pin.port, pin);
      append(this.#byService, pin.service, pin);
    }
  }

  /** The first pin that keeps one of the ports from the claimant; `null` when it may have them all. */
  findOthers(ports: PortRange, claimant: Claimant): Pin | null {
    if (this.#byPort.size === 0) return null;
    for (let port = ports.firstPort; port <= ports.lastPort; port += 1) {
      const pins = this.#byPort.get(port) ?? [];
      if (!pins.some((pin) => isFor(pin, claimant))) {
        const [pin] = pins;
        if (pin !== undefined) return pin;
      }
    }
    return null;
  }

  /** The claimant's own ports: those of its instance first, else as they are configured. */
  portsOf(claimant: Claimant): readonly number[] {
    const own = (this.#byService.get(claimant.service) ?? []).filter((pin) => isFor(pin, claimant));
    return own
      .toSorted((a, b) => Number(a.instance === "") - Number(b.instance === ""))
      .map(({ port }) => port);
  }
}

/** Whether the pin keeps its port for the claimant. */
export function isFor(pin: Pin, { service, instance }: Claimant): boolean {
  return pin.service === service && (pin.instance === "" || pin.instance === instance);
}

function append<Key>(map: Map<Key, Pin[]>, key: Key, pin: Pin): void {
  const pins = map.get(key);
  if (pins === undefined) map.set(key, [pin]);
  else pins.push(pin);
}
