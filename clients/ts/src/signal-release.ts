// Releases leases when the process is told to end (SIGTERM, SIGINT, SIGBREAK), then lets the signal do what it would have done.
// One handler per signal for all clients of the process; none while no lease is held.

/** The part of `process` that is used here. */
export interface SignalProcess {
  readonly pid: number;
  prependListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  listenerCount(signal: NodeJS.Signals): number;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/** Who has leases to give back. */
export interface LeaseHolder {
  /** Gives all leases back. Settles within a bounded time and never rejects. */
  releaseAll(): Promise<void>;
}

/**
 * The signals by which people, service managers and containers end a process in order. SIGBREAK is Ctrl+Break on Windows, where
 * SIGTERM never comes, and comes nowhere else. https://nodejs.org/api/process.html#signal-events
 */
export const endSignals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGBREAK"];

/** How long the process is kept for a signal that was raised again, in milliseconds. */
const raisedWithinMs = 500;

export class SignalRelease {
  readonly #process: SignalProcess;
  readonly #holders = new Set<LeaseHolder>();
  readonly #listener = (signal: NodeJS.Signals): void => void this.#onSignal(signal);
  #releasing = false;

  constructor(process: SignalProcess) {
    this.#process = process;
  }

  /** The holder has leases from now on. No-op when it is known. */
  add(holder: LeaseHolder): void {
    if (this.#holders.size === 0) {
      // First in line, to see the listeners that were added with `once`: they are gone when the last one is called.
      for (const signal of endSignals) this.#process.prependListener(signal, this.#listener);
    }
    this.#holders.add(holder);
  }

  /** The holder has no lease any more. No-op when it is not known. */
  remove(holder: LeaseHolder): void {
    if (this.#holders.delete(holder) && this.#holders.size === 0) this.#uninstall();
  }

  /** Gives the leases of all holders back; settles within a bounded time and never rejects. */
  async releaseAll(): Promise<void> {
    await Promise.all([...this.#holders].map((holder) => holder.releaseAll()));
  }

  async #onSignal(signal: NodeJS.Signals): Promise<void> {
    const othersListen = this.#process.listenerCount(signal) > 1 + exitHelperListeners();
    // The second signal of an impatient user: it ends the process at once, as it would without us.
    if (!this.#releasing) {
      this.#releasing = true;
      await this.releaseAll();
      this.#releasing = false;
    }
    // An application that listens decides itself when to end.
    if (othersListen) return;
    this.#uninstall();
    // SIGBREAK can come but not be sent; on Windows SIGTERM ends the process at once, as an unheard SIGBREAK would.
    this.#process.kill(this.#process.pid, signal === "SIGBREAK" ? "SIGTERM" : signal);
    // An exit helper hears the signal one turn later; a process with nothing else to do would end before, as if all were well.
    if (this.#process.listenerCount(signal) > 0) setTimeout(() => undefined, raisedWithinMs);
  }

  #uninstall(): void {
    for (const signal of endSignals) this.#process.removeListener(signal, this.#listener);
  }
}

/**
 * How many listeners per signal belong to the npm package signal-exit, which many command line tools load: it does nothing
 * while others listen, so that without this count each side would leave the ending to the other, and the process would stay.
 * https://github.com/tapjs/signal-exit/blob/main/src/index.ts (version 4), and version 3 with its emitter on `process`.
 */
function exitHelperListeners(): number {
  const emitters: readonly unknown[] = [
    Reflect.get(globalThis, Symbol.for("signal-exit emitter")),
    Reflect.get(process, "__signal_exit_emitter__"),
  ];
  let count = 0;
  for (const emitter of emitters) {
    const ofThis = typeof emitter === "object" && emitter !== null && Reflect.get(emitter, "count");
    if (typeof ofThis === "number") count += ofThis;
  }
  return count;
}

/** Found under this key by every copy of this package in the process: two handlers would wait for each other. */
const sharedKey = Symbol.for("@portlease/client signal-release 1");

/** The one for this process. */
export function sharedSignalRelease(): SignalRelease {
  const known: unknown = Reflect.get(globalThis, sharedKey);
  // Another copy's class is another class; the key's number stands for its methods.
  if (known !== undefined) return known as SignalRelease;
  const created = new SignalRelease(process);
  Reflect.set(globalThis, sharedKey, created);
  return created;
}
