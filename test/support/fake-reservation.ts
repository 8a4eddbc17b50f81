// A block reservation without an operating system: tests say which ports somebody is bound to.

import type {
  BlockReservation,
  PortCheck,
  PortReservation,
  TransferableSocket,
} from "#server/domain/boundaries.js";

export class FakeReservation implements BlockReservation {
  readonly kind = "held";
  readonly protocol = "tcp";
  readonly bindMethod = "share-port";
  readonly isolation = "shared";
  readonly firstPort: number;
  readonly portCount: number;
  readonly inUse = new Set<number>();
  /** Found out with the next look; in use from then on until the test says otherwise. */
  readonly lost = new Set<number>();
  readonly reclaimed: number[] = [];
  readonly lent = new Set<number>();
  released = false;
  removed = false;
  /** Thrown by `reclaimPort` while it is set. */
  failure: Error | null = null;

  constructor(firstPort: number, portCount: number) {
    this.firstPort = firstPort;
    this.portCount = portCount;
  }

  reservationsOf(): readonly PortReservation[] {
    const { kind, protocol, bindMethod, firstPort, portCount } = this;
    return [{ kind, protocol, bindMethod, token: 0n, firstPort, portCount }];
  }

  bindForTransfer(): TransferableSocket {
    throw new Error("held ports are not handed over");
  }

  reclaimPort(port: number): PortCheck {
    this.reclaimed.push(port);
    if (this.failure !== null) throw this.failure;
    return this.coverPort(port);
  }

  coverPort(port: number): PortCheck {
    return this.inUse.has(port)
      ? { state: "in-use", reason: "a test bound it", holders: [] }
      : { state: "free" };
  }

  uncoveredPorts(): readonly number[] {
    return [...this.inUse].toSorted((a, b) => a - b);
  }

  verifyPort(port: number): boolean {
    if (!this.lost.delete(port)) return true;
    this.inUse.add(port);
    return false;
  }

  lendPort(port: number): void {
    this.lent.add(port);
  }

  takeBackPort(port: number): void {
    this.lent.delete(port);
  }

  release(): Promise<void> {
    this.released = true;
    return Promise.resolve();
  }

  remove(): Promise<void> {
    this.removed = true;
    return this.release();
  }
}
