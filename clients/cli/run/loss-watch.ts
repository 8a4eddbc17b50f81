// What happens to the program when one of its leases is lost: nothing, or it is ended.

import type { ChildProcess } from "node:child_process";
import type { Lease, LeaseLost } from "@portlease/client";

/** `ignore`: say so. `exit`: end the program, and this process with it. `restart`: end it, and start it with new leases. */
export type LossAction = "exit" | "ignore" | "restart";

/** How long a program that is to end because its lease is lost may take over it. */
const terminateMsMax = 10_000;

/** A lease as far as its end goes. */
export type LosableLease = Pick<Lease, "port" | "once">;

export class LossWatch {
  readonly #action: LossAction;
  readonly #note: (text: string) => void;
  readonly #ended = new AbortController();
  #isLost = false;
  #child: ChildProcess | null = null;
  #killTimer: NodeJS.Timeout | null = null;

  constructor(leases: readonly LosableLease[], action: LossAction, note: (text: string) => void) {
    this.#action = action;
    this.#note = note;
    for (const lease of leases) lease.once("lost", (lost) => this.#lost(lease, lost));
  }

  /** Aborted once the program may not go on. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether a lease is lost, whatever is done about it. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The program that runs now; `null` when it has ended. */
  watch(child: ChildProcess | null): void {
    this.#child = child;
    if (child === null && this.#killTimer !== null) clearTimeout(this.#killTimer);
    if (child !== null && this.signal.aborted) this.#end(child);
  }

  #lost({ port }: LosableLease, { message }: LeaseLost): void {
    this.#isLost = true;
    if (this.signal.aborted) return;
    if (this.#action === "ignore") {
      this.#note(
        `LEASE LOST: ${message}; the program goes on with port ${port} (--on-lost ignore), ` +
          "but nothing keeps the port for it once it stops listening",
      );
      return;
    }
    this.#note(`LEASE LOST: ${message}; ending the program (--on-lost ${this.#action})`);
    this.#ended.abort();
    if (this.#child !== null) this.#end(this.#child);
  }

  #end(child: ChildProcess): void {
    child.kill("SIGTERM");
    this.#killTimer = setTimeout(() => child.kill("SIGKILL"), terminateMsMax);
  }
}
