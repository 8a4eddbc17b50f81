// Has the broker bind the port and hand the socket over: TransferSocket, open it here, ConfirmTransfer. For processes that may
// not bind in a reservation themselves. The rules of repeating are in docs/semantics.md ("Handoff").

import { isIPv4 } from "node:net";
import type { BoundSocket, LesseeSockets } from "@portlease/native";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import {
  TransferSocketRequest_AddressFamily as AddressFamily,
  type TransferSocketRequest,
  type TransferSocketResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { errorCodeOf, messageOf } from "../error-facts.js";
import type { Log } from "../log.js";
import type { BindableLease, BindRequest } from "./bind-request.js";

/**
 * How often a socket is asked for when what came cannot be opened. Once is enough for a broker that restarted between the two
 * steps; one more is for bad luck.
 */
export const transferTriesMax = 3;

/** What the handoff asks of the broker. */
export interface TransferCalls {
  /** Waits for a broker that is away, within limits. Rejects with PortleaseError. */
  transferSocket(request: TransferSocketRequest): Promise<TransferSocketResponse>;
  /** One try. Rejects with PortleaseError. */
  confirmTransfer(transferId: string, holderKey: string): Promise<void>;
}

export class Handoff {
  readonly #calls: TransferCalls;
  readonly #log: Log;
  readonly #processId: number;

  /** `processId`: this process, the only one that can open what the broker answers. */
  constructor(calls: TransferCalls, log: Log, processId: number) {
    this.#calls = calls;
    this.#log = log;
    this.#processId = processId;
  }

  /**
   * Resolves with the socket, open in this process. Rejects with NativeError, with the broker's PortleaseError, or with what
   * `lease.checkHeld` threw while the broker took its time.
   */
  async bind(
    sockets: LesseeSockets,
    lease: BindableLease,
    request: BindRequest,
  ): Promise<BoundSocket> {
    const { protocol, port } = request;
    const asked = this.#requestOf(lease, request);
    for (let tries = 1; ; tries += 1) {
      const { protocolInfo, transferId } = await this.#calls.transferSocket(asked);
      lease.checkHeld(port);
      let socket: BoundSocket;
      try {
        socket = sockets.openTransferred({ protocol, port, protocolInfo });
      } catch (error) {
        // The bytes stand for a socket of the broker's process: when that is gone, so is the socket, and only another is any good.
        if (tries === transferTriesMax || !isSpent(errorCodeOf(error))) throw error;
        const fields = { leaseId: lease.leaseId, port, message: messageOf(error) };
        this.#log("info", "a socket of the broker could not be opened; asking for another", fields);
        continue;
      }
      await this.#confirm(transferId, lease, port);
      return socket;
    }
  }

  /** Not worth a failure: the socket is ours, and the broker closes its copy after a while by itself. */
  async #confirm(transferId: string, lease: BindableLease, port: number): Promise<void> {
    try {
      await this.#calls.confirmTransfer(transferId, lease.holderKey);
    } catch (error) {
      const fields = { leaseId: lease.leaseId, port, message: messageOf(error) };
      this.#log(
        "debug",
        "a handed-over socket could not be confirmed; its copy is closed later",
        fields,
      );
    }
  }

  #requestOf(
    { leaseId, holderKey }: BindableLease,
    { protocol, port, address, ipv6Only }: BindRequest,
  ): TransferSocketRequest {
    const ipv6 = ipv6Only
      ? AddressFamily.ADDRESS_FAMILY_IPV6
      : AddressFamily.ADDRESS_FAMILY_DUAL_STACK;
    return {
      leaseId,
      holderKey,
      processId: this.#processId,
      address,
      port,
      addressFamily: isIPv4(address) ? AddressFamily.ADDRESS_FAMILY_IPV4 : ipv6,
      protocol: protocol === "udp" ? Protocol.PROTOCOL_UDP : Protocol.PROTOCOL_TCP,
    };
  }
}

/** Whether another socket may do better: the bytes are no good any more, or Windows gave no reason that is known. */
function isSpent(code: string | null): boolean {
  return code === "RESERVATION_GONE" || code === "OS_ERROR";
}
