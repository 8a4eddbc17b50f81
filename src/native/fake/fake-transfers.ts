// Sockets on their way from the broker's process to a lessee's on the imaginary host: bytes that are good once, in one process.

import type { TransferableSocket } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import type { FakeSocket } from "./fake-network.js";

/** As long as the real thing. */
const protocolInfoBytes = 628;

interface Offered {
  readonly socket: FakeSocket;
  readonly processId: number;
}

export class FakeTransfers {
  readonly #offered = new Map<number, Offered>();
  #next = 1;

  offer(socket: FakeSocket): TransferableSocket {
    let closed = false;
    return {
      port: socket.spec.port,
      duplicateFor: (processId) => {
        if (closed) throw new Error(`the socket of port ${socket.spec.port} was closed`);
        const number = this.#next;
        this.#next += 1;
        this.#offered.set(number, { socket, processId });
        const info = Buffer.alloc(protocolInfoBytes);
        info.writeUInt32LE(number);
        return info;
      },
      close: () => {
        if (closed) return;
        closed = true;
        socket.closeIn(socket.spec.processId);
      },
    };
  }

  /** Opens the socket in a process. Throws OS_ERROR for bytes that are used up, or another process's. */
  open(info: Uint8Array, processId: number): { socket: FakeSocket; close: () => void } {
    const bytes = Buffer.from(info);
    const number = bytes.length === protocolInfoBytes ? bytes.readUInt32LE(0) : 0;
    const offered = this.#offered.get(number);
    if (offered === undefined || offered.processId !== processId) {
      throw new NativeError(
        "OS_ERROR",
        "The bytes of the transfer were used already, or are another process's. Ask for the socket again.",
        { api: "WSASocketW", errorNumber: 10_022, errorName: "WSAEINVAL" },
      );
    }
    this.#offered.delete(number);
    const { socket } = offered;
    socket.shareWith(processId, "lessee");
    return { socket, close: () => socket.closeIn(processId) };
  }
}
