// A block of the core on the same ports of TCP and UDP (semantics.md 19): two native blocks that are used as one. A port is as
// good as the worse of its two halves.

import type { ReservedBlock } from "@portlease/native";
import type {
  BindForTransferRequest,
  PortCheck,
  TransferableSocket,
} from "../domain/boundaries.js";
import { NativeReservation } from "./native-reservation.js";

export class PairedReservation extends NativeReservation {
  readonly protocol = "tcp-and-udp";
  readonly #tcp: ReservedBlock;
  readonly #udp: ReservedBlock;

  /** Both have the same ports, kind and isolation. */
  constructor(tcp: ReservedBlock, udp: ReservedBlock) {
    if (tcp.firstPort !== udp.firstPort || tcp.portCount !== udp.portCount) {
      throw new RangeError("the two halves of a block have different ports");
    }
    super(tcp, udp);
    this.#tcp = tcp;
    this.#udp = udp;
  }

  reclaimPort(port: number): PortCheck {
    return worse(this.#tcp.reclaimPort(port), () => this.#udp.reclaimPort(port));
  }

  coverPort(port: number): PortCheck {
    // Both are tried: one half that is covered is better than none.
    const udp = this.#udp.coverPort(port);
    return worse(this.#tcp.coverPort(port), () => udp);
  }

  uncoveredPorts(): readonly number[] {
    const ports = new Set([...this.#tcp.uncoveredPorts(), ...this.#udp.uncoveredPorts()]);
    return [...ports].toSorted((a, b) => a - b);
  }

  bindForTransfer(request: BindForTransferRequest): TransferableSocket {
    const half = request.protocol === "tcp" ? this.#tcp : this.#udp;
    return half.bindForTransfer(request);
  }
}

function worse(tcp: PortCheck, udp: () => PortCheck): PortCheck {
  return tcp.state === "free" ? udp() : tcp;
}
