// A lessee process of the imaginary host. Its descriptors are numbers only: Node cannot adopt them.

import type {
  BindLeasedRequest,
  BoundSocket,
  LesseeSockets,
  OpenTransferredRequest,
} from "../host-ports.js";
import { parseIpAddress } from "../ip-address.js";
import { NativeError } from "../native-error.js";
import { checkPort } from "../port-runs.js";
import type { FakeNetwork, FakeSocket } from "./fake-network.js";
import type { FakeTransfers } from "./fake-transfers.js";

export interface FakeLessee {
  readonly processId: number;
  readonly processName: string;
  readonly userId: number;
}

/** Far above anything a test process has open, so that a mistaken use fails. */
const firstDescriptor = 1_000_000;

export class FakeLesseeSockets implements LesseeSockets {
  readonly #network: FakeNetwork;
  readonly #transfers: FakeTransfers;
  readonly #lessee: FakeLessee;
  #nextDescriptor = firstDescriptor;

  constructor(network: FakeNetwork, transfers: FakeTransfers, lessee: FakeLessee) {
    this.#network = network;
    this.#transfers = transfers;
    this.#lessee = lessee;
  }

  bindLeased(request: BindLeasedRequest): BoundSocket {
    const { port, protocol, address, bindMethod, token } = request;
    checkPort(port);
    if (parseIpAddress(address) === null) {
      throw new NativeError("RANGE_INVALID", `"${address}" is not an address. Give a literal.`);
    }
    if (bindMethod === "handoff") {
      throw new NativeError(
        "UNSUPPORTED",
        "The broker binds this port. Ask it for the socket, and open that.",
      );
    }
    const socket = this.#network.open({
      ...this.#lessee,
      port,
      protocol,
      address,
      token,
      state: "bound",
      sharesPort: bindMethod === "share-port",
    });
    return this.#bound(socket, () => socket.close());
  }

  openTransferred({ protocolInfo }: OpenTransferredRequest): BoundSocket {
    const { socket, close } = this.#transfers.open(protocolInfo, this.#lessee.processId);
    return this.#bound(socket, close);
  }

  #bound(socket: FakeSocket, close: () => void): BoundSocket {
    this.#nextDescriptor += 1;
    return new FakeBoundSocket(socket, this.#nextDescriptor, close);
  }
}

class FakeBoundSocket implements BoundSocket {
  readonly descriptor: number;
  readonly port: number;
  readonly #socket: FakeSocket;
  readonly #close: () => void;
  #state: "owned" | "detached" | "closed" = "owned";

  constructor(socket: FakeSocket, descriptor: number, close: () => void) {
    this.#socket = socket;
    this.#close = close;
    this.descriptor = descriptor;
    this.port = socket.spec.port;
  }

  prepareListen(): void {
    this.#assertOwned("prepareListen");
  }

  listen(): void {
    this.prepareListen();
    this.#socket.setState("listen");
  }

  detach(): void {
    this.#assertOwned("detach");
    this.#state = "detached";
  }

  close(): void {
    if (this.#state !== "owned") return;
    this.#state = "closed";
    this.#close();
  }

  #assertOwned(call: string): void {
    if (this.#state === "owned") return;
    throw new Error(`${call} on the socket of port ${this.port}, which is ${this.#state}`);
  }
}
