// A block that is in the kernel's list of reserved ports (ADMINISTERED on Linux): the kernel never picks its ports by itself, and
// anybody may bind them by number. Which ports, and what leases they have, is the callers' business.

import type {
  PortCheck,
  PortRun,
  ReservedBlock,
  TokenRange,
  TransportProtocol,
} from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { checkPortOfBlock } from "../port-runs.js";
import type { PortHolds } from "./claim-port.js";
import { missingFrom, type ReservedPortList } from "./reserved-port-list.js";

export class LinuxAdministeredBlock implements ReservedBlock {
  readonly kind = "administered";
  readonly bindMethod = "plain";
  readonly isolation = "shared";
  readonly protocol: TransportProtocol;
  readonly firstPort: number;
  readonly portCount: number;
  readonly #list: ReservedPortList;
  readonly #holds: PortHolds;
  /** Asked for with every answer about a lease: as the list was when this block looked at it last. */
  #uncovered: readonly number[] = [];
  #released = false;

  /** The run is in the list. `holds` are for proving that nobody is bound. */
  constructor(list: ReservedPortList, holds: PortHolds, protocol: TransportProtocol, run: PortRun) {
    this.#list = list;
    this.#holds = holds;
    this.protocol = protocol;
    this.firstPort = run.firstPort;
    this.portCount = run.portCount;
    this.#look();
  }

  reservationOf(port: number): TokenRange {
    this.#check(port);
    return { token: 0n, firstPort: this.firstPort, portCount: this.portCount };
  }

  reclaimPort(port: number): PortCheck {
    this.#check(port);
    const { descriptor, check } = this.#holds.claim(port);
    // Only the proof was wanted: a hold would be in the way of the lessee, who binds as any program does.
    if (descriptor !== null) this.#holds.close(descriptor);
    this.coverPort(port);
    return check;
  }

  /** The list covers a port whoever is bound to it. */
  coverPort(port: number): PortCheck {
    this.#check(port);
    const run = { firstPort: port, portCount: 1 };
    if (!this.#list.has(run)) this.#list.add(run);
    if (this.#uncovered.length > 0) this.#look();
    return { state: "free" };
  }

  uncoveredPorts(): readonly number[] {
    return this.#uncovered;
  }

  /** The list is read by `hasReservation`. */
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

  /** The list stays as it is until the host reboots. */
  release(): Promise<void> {
    this.#released = true;
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    this.#released = true;
    this.#list.remove(this);
  }

  #look(): void {
    this.#uncovered = missingFrom(this.#list.read(), this).flatMap(({ firstPort, portCount }) =>
      Array.from({ length: portCount }, (_, offset) => firstPort + offset),
    );
  }

  #check(port: number): void {
    checkPortOfBlock(this, port, this.#released);
  }
}
