// One connection between a client's process and a broker's: what is sent arrives in order, late, or not at all when the connection
// breaks. What it carries is rpc-client.ts's business.

import type { Dice } from "./dice.js";
import type { SimProcess } from "./sim-process.js";
import type { VirtualTime } from "./virtual-time.js";

export type Side = "client" | "broker";

export interface NetworkFaults {
  /** 0 to 1: how much of what is sent takes long. */
  delayChance: number;
  /** 0 to 1: how often sending breaks the connection instead. */
  resetChance: number;
  /** 0 to 1: how often a grant comes late and is the last that its client hears for some time. */
  lonelyGrantChance: number;
}

export interface WireEnds {
  readonly client: SimProcess;
  /** Until then nothing gets through to this client. */
  readonly cutUntilMs: () => number;
  readonly faults: NetworkFaults;
}

const usualLatency = { low: 0.05, high: 4 };
const longLatency = { low: 5, high: 900 };
/** What waited for a cut to end is sent again so much later. */
const resendMsMax = 200;

export class Wire {
  readonly #time: VirtualTime;
  readonly #dice: Dice;
  readonly #ends: WireEnds;
  readonly #arrivalMs = { client: 0, broker: 0 };
  readonly #open = { client: true, broker: true };
  #broker: SimProcess | null = null;
  /** What the end of the connection means to each side. */
  #onBroken: Partial<Record<Side, () => void>> = {};

  constructor(time: VirtualTime, dice: Dice, ends: WireEnds) {
    this.#time = time;
    this.#dice = dice;
    this.#ends = ends;
  }

  /** True while this side does not know of an end. */
  isOpen(side: Side): boolean {
    return this.#open[side];
  }

  /** From now on this process is at the broker's end. */
  accept(broker: SimProcess): void {
    this.#broker = broker;
  }

  get broker(): SimProcess | null {
    return this.#broker;
  }

  get client(): SimProcess {
    return this.#ends.client;
  }

  onBroken(side: Side, broken: () => void): void {
    this.#onBroken[side] = broken;
  }

  /** Sends to a side; `deliver` is called there, after `extraMs` more than usual, unless the connection ends first. */
  send(to: Side, deliver: () => void, extraMs = 0): void {
    if (this.#dice.chance(this.#ends.faults.resetChance)) {
      this.break();
      return;
    }
    const atMs = Math.max(this.#arrivalMs[to], this.#arrival() + extraMs);
    this.#arrivalMs[to] = atMs;
    this.#time.at(atMs, () => {
      this.#runAt(to, () => {
        if (this.#open[to]) deliver();
      });
    });
  }

  /** The connection ends by itself: both sides hear of it, each in its time; what is on the way may still be before. */
  break(): void {
    this.#tellBroken("client");
    this.#tellBroken("broker");
  }

  /** One side's process is gone. */
  gone(side: Side): void {
    this.#open[side] = false;
    this.#tellBroken(side === "client" ? "broker" : "client");
  }

  /** In order: this side hears and says nothing more. */
  close(side: Side): void {
    this.#open[side] = false;
  }

  #tellBroken(side: Side): void {
    const atMs = Math.max(this.#dice.chance(0.5) ? this.#arrivalMs[side] : 0, this.#arrival());
    this.#time.at(atMs, () => {
      this.#runAt(side, () => {
        if (!this.#open[side]) return;
        this.#open[side] = false;
        this.#onBroken[side]?.();
      });
    });
  }

  #runAt(side: Side, action: () => void): void {
    // Before the connection is accepted the kernel is at the broker's end.
    if (side === "client") this.#ends.client.run(action);
    else if (this.#broker === null) action();
    else this.#broker.run(action);
  }

  #arrival(): number {
    const { faults, cutUntilMs } = this.#ends;
    const { low, high } = this.#dice.chance(faults.delayChance) ? longLatency : usualLatency;
    const atMs = this.#time.nowMs + this.#dice.skewed(low, high);
    const freeMs = cutUntilMs();
    return atMs < freeMs ? freeMs + this.#dice.between(0, resendMsMax) : atMs;
  }
}
