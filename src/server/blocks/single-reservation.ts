// A block of the core on one protocol: what the native layer reserves, as it is.

import type { ReservedBlock } from "@portlease/native";
import type {
  BindForTransferRequest,
  BlockReservation,
  PortCheck,
  PortReservation,
  TransferableSocket,
} from "../domain/boundaries.js";

export class SingleReservation implements BlockReservation {
  readonly #block: ReservedBlock;
  #removed = false;

  constructor(block: ReservedBlock) {
    this.#block = block;
  }

  get kind(): BlockReservation["kind"] {
    return this.#block.kind;
  }

  get protocol(): ReservedBlock["protocol"] {
    return this.#block.protocol;
  }

  get isolation(): BlockReservation["isolation"] {
    return this.#block.isolation;
  }

  get firstPort(): number {
    return this.#block.firstPort;
  }

  get portCount(): number {
    return this.#block.portCount;
  }

  get bindMethod(): BlockReservation["bindMethod"] {
    return this.#block.bindMethod;
  }

  reservationsOf(port: number): readonly PortReservation[] {
    const { protocol, kind, bindMethod } = this.#block;
    return [{ protocol, kind, bindMethod, ...this.#block.reservationOf(port) }];
  }

  reclaimPort(port: number): PortCheck {
    return this.#block.reclaimPort(port);
  }

  coverPort(port: number): PortCheck {
    return this.#block.coverPort(port);
  }

  uncoveredPorts(): readonly number[] {
    return this.#block.uncoveredPorts();
  }

  bindForTransfer(request: BindForTransferRequest): TransferableSocket {
    return this.#block.bindForTransfer(request);
  }

  release(): Promise<void> {
    return this.#removed ? Promise.resolve() : this.#block.release();
  }

  async remove(): Promise<void> {
    await this.#block.remove();
    this.#removed = true;
  }
}
