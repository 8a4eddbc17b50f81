// What blocks of the core share, whether they are made of one native block or of two: their facts, their reservations, their end.

import type { ReservedBlock } from "@portlease/native";
import type {
  BindForTransferRequest,
  BlockReservation,
  PortCheck,
  PortReservation,
  TransferableSocket,
} from "../domain/boundaries.js";

export abstract class NativeReservation implements BlockReservation {
  abstract readonly protocol: BlockReservation["protocol"];
  readonly kind: BlockReservation["kind"];
  readonly isolation: BlockReservation["isolation"];
  readonly firstPort: number;
  readonly portCount: number;
  readonly bindMethod: BlockReservation["bindMethod"];
  readonly #blocks: readonly ReservedBlock[];
  #removed = false;

  /** All have the same ports, kind and isolation. */
  constructor(first: ReservedBlock, ...others: readonly ReservedBlock[]) {
    this.kind = first.kind;
    this.isolation = first.isolation;
    this.firstPort = first.firstPort;
    this.portCount = first.portCount;
    this.bindMethod = first.bindMethod;
    this.#blocks = [first, ...others];
  }

  abstract reclaimPort(port: number): PortCheck;
  abstract coverPort(port: number): PortCheck;
  abstract uncoveredPorts(): readonly number[];
  abstract bindForTransfer(request: BindForTransferRequest): TransferableSocket;

  reservationsOf(port: number): readonly PortReservation[] {
    return this.#blocks.map((block) => {
      const { protocol, kind, bindMethod } = block;
      return { protocol, kind, bindMethod, ...block.reservationOf(port) };
    });
  }

  verifyPort(port: number): boolean {
    return this.#blocks.map((block) => block.verifyPort(port)).every((held) => held);
  }

  lendPort(port: number): void {
    for (const block of this.#blocks) block.lendPort(port);
  }

  takeBackPort(port: number): void {
    for (const block of this.#blocks) block.takeBackPort(port);
  }

  release(): Promise<void> {
    return this.#removed ? Promise.resolve() : all(this.#blocks.map((block) => block.release()));
  }

  async remove(): Promise<void> {
    await all(this.#blocks.map((block) => block.remove()));
    this.#removed = true;
  }
}

/** One that fails must not keep another from being let go. Rejects with the first failure. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
