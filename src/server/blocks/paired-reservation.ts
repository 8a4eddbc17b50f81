// A block of the core on the same ports of TCP and UDP (semantics.md 19): two native blocks that are used as one. A port is as
// good as the worse of its two halves.

import type { ReservedBlock } from "@portlease/native";
import type {
  BindForTransferRequest,
  BlockReservation,
  PortCheck,
  PortReservation,
  TransferableSocket,
} from "../domain/boundaries.js";

export class PairedReservation implements BlockReservation {
  readonly protocol = "tcp-and-udp";
  readonly #tcp: ReservedBlock;
  readonly #udp: ReservedBlock;
  #removed = false;

  /** Both have the same ports, kind and isolation. */
  constructor(tcp: ReservedBlock, udp: ReservedBlock) {
    if (tcp.firstPort !== udp.firstPort || tcp.portCount !== udp.portCount) {
      throw new RangeError("the two halves of a block have different ports");
    }
    this.#tcp = tcp;
    this.#udp = udp;
  }

  get kind(): BlockReservation["kind"] {
    return this.#tcp.kind;
  }

  get isolation(): BlockReservation["isolation"] {
    return this.#tcp.isolation;
  }

  get firstPort(): number {
    return this.#tcp.firstPort;
  }

  get portCount(): number {
    return this.#tcp.portCount;
  }

  get bindMethod(): BlockReservation["bindMethod"] {
    return this.#tcp.bindMethod;
  }

  reservationsOf(port: number): readonly PortReservation[] {
    return this.#halves().map((half) => {
      const { protocol, kind, bindMethod } = half;
      return { protocol, kind, bindMethod, ...half.reservationOf(port) };
    });
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
    const ports = new Set(this.#halves().flatMap((half) => half.uncoveredPorts()));
    return [...ports].toSorted((a, b) => a - b);
  }

  bindForTransfer(request: BindForTransferRequest): TransferableSocket {
    const half = request.protocol === "tcp" ? this.#tcp : this.#udp;
    return half.bindForTransfer(request);
  }

  release(): Promise<void> {
    return this.#removed ? Promise.resolve() : both(this.#halves().map((half) => half.release()));
  }

  async remove(): Promise<void> {
    await both(this.#halves().map((half) => half.remove()));
    this.#removed = true;
  }

  #halves(): readonly ReservedBlock[] {
    return [this.#tcp, this.#udp];
  }
}

function worse(tcp: PortCheck, udp: () => PortCheck): PortCheck {
  return tcp.state === "free" ? udp() : tcp;
}

/** One half that fails must not keep the other from being let go. Rejects with the first failure. */
async function both(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
