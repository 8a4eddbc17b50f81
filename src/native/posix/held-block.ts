// A block of ports held by one unlistened socket each (HELD). Which ports, and what leases they have, is the callers' business.

import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  BindMethod,
  PortCheck,
  PortRun,
  ReservedBlock,
  TokenRange,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { checkPortOfBlock } from "../port-runs.js";
import type { PortHolds } from "./claim-port.js";

/**
 * Ports that are bound or closed before other work of the process gets its turn: about 6 ms
 * (about 15 us a port, measured on Linux 6.18 on one core of a shared virtual machine).
 */
export const portsPerSlice = 400;

const nothingHeld = -1;

/** The holds of a block under construction or in use: a descriptor per port. */
export class HeldBlock implements ReservedBlock {
  readonly kind = "held";
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  readonly isolation = "shared";
  readonly firstPort: number;
  readonly portCount: number;
  readonly #holds: PortHolds;
  readonly #descriptors: Int32Array;
  readonly #uncovered = new Set<number>();
  /** Ports whose hold was let go for their lessee; `null`: no hold ever is. */
  readonly #lent: Set<number> | null;
  #released: Promise<void> | null = null;

  /**
   * `descriptors` are by offset from the first port; `null` is a port that could not be covered, or is lent. `lent`: the ports
   * that are, in a block that lends its ports; `null` for any other.
   */
  constructor(
    holds: PortHolds,
    protocol: TransportProtocol,
    run: PortRun,
    descriptors: readonly (number | null)[],
    lent: ReadonlySet<number> | null,
  ) {
    if (descriptors.length !== run.portCount) throw new RangeError("one descriptor per port");
    this.protocol = protocol;
    this.firstPort = run.firstPort;
    this.portCount = run.portCount;
    this.#holds = holds;
    this.#lent = lent === null ? null : new Set(lent);
    this.bindMethod = lent === null ? "share-port" : "plain";
    this.#descriptors = Int32Array.from(descriptors, (descriptor) => descriptor ?? nothingHeld);
    descriptors.forEach((descriptor, offset) => {
      const port = run.firstPort + offset;
      if (descriptor === null && lent?.has(port) !== true) this.#uncovered.add(port);
    });
  }

  reservationOf(port: number): TokenRange {
    this.#offsetOf(port);
    return { token: 0n, firstPort: this.firstPort, portCount: this.portCount };
  }

  reclaimPort(port: number): PortCheck {
    const offset = this.#offsetOf(port);
    this.#lent?.delete(port);
    this.#drop(port, offset);
    const { descriptor, check } = this.#holds.claim(port);
    this.#keep(port, offset, descriptor);
    return check;
  }

  coverPort(port: number): PortCheck {
    const offset = this.#offsetOf(port);
    if (!this.#uncovered.has(port)) return { state: "free" };
    this.#keep(port, offset, this.#holds.cover(port));
    if (!this.#uncovered.has(port)) return { state: "free" };
    const reason =
      this.protocol === "tcp"
        ? "the socket that is bound to it has no SO_REUSEPORT or belongs to another user, so it cannot be held beside it"
        : "a socket is bound to it, and a UDP port cannot be held beside another socket without taking its datagrams";
    return { state: "in-use", reason, holders: [] };
  }

  uncoveredPorts(): readonly number[] {
    return [...this.#uncovered].toSorted((a, b) => a - b);
  }

  verifyPort(port: number): boolean {
    const offset = this.#offsetOf(port);
    const descriptor = this.#descriptors[offset] ?? nothingHeld;
    if (descriptor === nothingHeld || this.#holds.isHeld(descriptor, port)) return true;
    // Not closed: whatever has that number now is somebody else's.
    this.#keep(port, offset, null);
    return false;
  }

  lendPort(port: number): void {
    if (this.#lent === null || this.#lent.has(port)) return;
    const offset = this.#offsetOf(port);
    this.#drop(port, offset);
    this.#uncovered.delete(port);
    this.#lent.add(port);
  }

  takeBackPort(port: number): void {
    if (this.#lent?.delete(port) !== true || this.#released !== null) return;
    const offset = this.#offsetOf(port);
    this.#keep(port, offset, this.#takeBack(port));
  }

  bindForTransfer(): never {
    throw new NativeError(
      "UNSUPPORTED",
      "Sockets of held ports are not handed over: their holder binds beside the hold. Bind as the lease says.",
    );
  }

  release(): Promise<void> {
    this.#released ??= this.#closeAll();
    return this.#released;
  }

  /** Nothing of a held block outlives the process. */
  remove(): Promise<void> {
    return this.release();
  }

  /** Who is still there is found out before the next lease: this one has ended in any case. */
  #takeBack(port: number): number | null {
    try {
      return this.#holds.claimUntouched(port) ?? this.#holds.cover(port);
    } catch {
      return null;
    }
  }

  async #closeAll(): Promise<void> {
    const descriptors = this.#descriptors.filter((descriptor) => descriptor !== nothingHeld);
    await closeInSlices(this.#holds, [...descriptors]);
  }

  #drop(port: number, offset: number): void {
    const descriptor = this.#descriptors[offset] ?? nothingHeld;
    if (descriptor === nothingHeld) return;
    // Forgotten before anything can throw: a descriptor number that is closed twice may be somebody else's by then.
    this.#keep(port, offset, null);
    this.#holds.close(descriptor);
  }

  #keep(port: number, offset: number, descriptor: number | null): void {
    this.#descriptors[offset] = descriptor ?? nothingHeld;
    if (descriptor === null) this.#uncovered.add(port);
    else this.#uncovered.delete(port);
  }

  #offsetOf(port: number): number {
    checkPortOfBlock(this, port, this.#released !== null);
    return port - this.firstPort;
  }
}

/** Closes holds without keeping the process from its other work. */
export async function closeInSlices(
  holds: Pick<PortHolds, "close">,
  descriptors: readonly number[],
): Promise<void> {
  for (let index = 0; index < descriptors.length; index += portsPerSlice) {
    if (index > 0) await nextTurn();
    for (const descriptor of descriptors.slice(index, index + portsPerSlice)) {
      holds.close(descriptor);
    }
  }
}
