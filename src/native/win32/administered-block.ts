// A block that is an administered exclusion: Windows keeps its own picks out of it, and anybody may bind in it by number.
// It has no token. Which ports, and what leases they have, is the callers' business.

import type {
  Isolation,
  PortCheck,
  PortRun,
  ReservedBlock,
  TokenRange,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { checkPortOfBlock, lastPortOf } from "../port-runs.js";
import type { PortTrials } from "./bind-port.js";
import { explainError } from "./error-table.js";
import { type Exclusions, netshError } from "./exclusions.js";
import { win32Error } from "./win32-failure.js";

export interface AdministeredBlockHost {
  readonly exclusions: Exclusions;
  readonly trials: Pick<PortTrials, "tryPort">;
}

export class AdministeredBlock implements ReservedBlock {
  readonly kind = "administered";
  readonly bindMethod = "plain";
  readonly isolation: Isolation = "shared";
  readonly protocol: TransportProtocol;
  readonly firstPort: number;
  readonly portCount: number;
  readonly #host: AdministeredBlockHost;
  /** The exclusions that the block is made of, disjoint. */
  #runs: readonly PortRun[];
  readonly #excluding = new Set<number>();
  /** What netsh does for this block, one after another. Never rejects. */
  #changes: Promise<void> = Promise.resolve();
  /** Asked for with every answer about a lease, and seldom another one; `null` when it must be found out anew. */
  #uncovered: readonly number[] | null = null;
  #released = false;

  constructor(
    host: AdministeredBlockHost,
    protocol: TransportProtocol,
    run: PortRun,
    runs: readonly PortRun[],
  ) {
    this.#host = host;
    this.protocol = protocol;
    this.firstPort = run.firstPort;
    this.portCount = run.portCount;
    this.#runs = runs;
  }

  reservationOf(port: number): TokenRange {
    this.#check(port);
    return { token: 0n, firstPort: this.firstPort, portCount: this.portCount };
  }

  /**
   * A free port that is not excluded is "in-use" until netsh has excluded it, which it starts to do: bound before, it could not
   * be excluded any more.
   */
  reclaimPort(port: number): PortCheck {
    this.#check(port);
    const failure = this.#host.trials.tryPort(this.protocol, port, 0n, 1);
    if (failure !== null) {
      const { code, name, meaning } = explainError(failure.api, failure.errorNumber);
      if (code !== "PORT_TAKEN") throw win32Error(failure, `for port ${port}`, { port });
      const reason = `${meaning} (${failure.api} answers ${name} ${failure.errorNumber})`;
      return { state: "in-use", reason, holders: [] };
    }
    if (this.#isCovered(port)) return { state: "free" };
    if (!this.#excluding.has(port)) this.#exclude(port);
    return { state: "in-use", reason: "netsh has not excluded it yet", holders: [] };
  }

  /** A port that somebody is bound to cannot be excluded. */
  coverPort(port: number): PortCheck {
    this.#check(port);
    return this.#isCovered(port) ? { state: "free" } : this.reclaimPort(port);
  }

  uncoveredPorts(): readonly number[] {
    this.#uncovered ??= Array.from(
      { length: this.portCount },
      (_, offset) => this.firstPort + offset,
    ).filter((port) => !this.#isCovered(port));
    return this.#uncovered;
  }

  /** The list of exclusions takes a program to read: `hasReservation` does. */
  verifyPort(): boolean {
    return true;
  }

  /** Not for this kind: see `lendsPorts`. */
  lendPort(): void {}

  takeBackPort(): void {}

  bindForTransfer(): never {
    throw new NativeError(
      "UNSUPPORTED",
      "Sockets of administered ports are not handed over: anybody may bind them by number. Bind as the lease says.",
    );
  }

  release(): Promise<void> {
    this.#released = true;
    return this.#changes;
  }

  remove(): Promise<void> {
    this.#released = true;
    const removed = this.#changes.then(() => this.#removeAll());
    this.#changes = removed.catch(() => undefined);
    return removed;
  }

  async #removeAll(): Promise<void> {
    for (const run of this.#runs) {
      const refused = await this.#host.exclusions.remove(this.protocol, run);
      if (refused !== null) throw netshError("delete", this.protocol, run, refused);
      this.#runs = this.#runs.filter((other) => other !== run);
    }
  }

  /** What fails is tried again when the port is asked for again. */
  #exclude(port: number): void {
    const run = { firstPort: port, portCount: 1 };
    this.#excluding.add(port);
    this.#changes = this.#changes
      .then(async () => {
        const refused = await this.#host.exclusions.add(this.protocol, run);
        if (refused !== null) return;
        this.#runs = [...this.#runs, run];
        this.#uncovered = null;
      })
      .catch(() => undefined)
      .finally(() => this.#excluding.delete(port));
  }

  #isCovered(port: number): boolean {
    return this.#runs.some((run) => port >= run.firstPort && port <= lastPortOf(run));
  }

  #check(port: number): void {
    checkPortOfBlock(this, port, this.#released);
  }
}
