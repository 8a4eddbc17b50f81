// A block of the core on one protocol: what the native layer reserves, as it is.

import type { ReservedBlock } from "@portlease/native";
import type {
  BindForTransferRequest,
  PortCheck,
  TransferableSocket,
} from "../domain/boundaries.js";
import { NativeReservation } from "./native-reservation.js";

export class SingleReservation extends NativeReservation {
  readonly protocol: ReservedBlock["protocol"];
  readonly #block: ReservedBlock;

  constructor(block: ReservedBlock) {
    super(block);
    this.protocol = block.protocol;
    this.#block = block;
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
}
