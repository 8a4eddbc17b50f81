// Makes blocks of the core out of what the native layer reserves: one reservation for TCP or UDP, two over the same ports for both.

import type { HostPorts, ReservedBlock } from "@portlease/native";
import type {
  BindForTransferRequest,
  BlockReservation,
  BlockReserver,
  PortCheck,
  PortReservation,
  TransferableSocket,
} from "./domain/boundaries.js";
import { StartError } from "./start-error.js";

export function blockReserver(hostPorts: Pick<HostPorts, "reserveBlock">): BlockReserver {
  return {
    reserveBlock: async ({ protocol, ...request }) => {
      if (protocol === "tcp-and-udp") {
        throw new StartError("CANNOT_RESERVE", "pools of TCP and UDP together are not there yet");
      }
      return new SingleReservation(await hostPorts.reserveBlock({ protocol, ...request }));
    },
  };
}

/** One protocol: the native block as it is. */
export class SingleReservation implements BlockReservation {
  readonly #block: ReservedBlock;

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
    return this.#block.release();
  }

  remove(): Promise<void> {
    return this.#block.remove();
  }
}
