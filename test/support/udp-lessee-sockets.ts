// UDP sockets that are really bound on this host, outside of Node, as a platform with UDP blocks binds them for a lessee.

import assert from "node:assert/strict";
import type {
  BindLeasedRequest,
  BoundSocket,
  LesseeSockets,
  OpenTransferredRequest,
} from "@portlease/native";
import { parseIpAddress } from "#native/ip-address.js";
import { loadLibc } from "#native/posix/bindings.js";
import { linuxLayout } from "#native/posix/layout.js";
import { PortSockets } from "#native/posix/port-sockets.js";

export class UdpLesseeSockets implements LesseeSockets {
  /** What was asked for, oldest first. */
  readonly requests: BindLeasedRequest[] = [];
  readonly #sockets = new PortSockets(loadLibc(), linuxLayout);

  bindLeased(request: BindLeasedRequest): BoundSocket {
    assert.equal(request.protocol, "udp");
    this.requests.push(request);
    return this.bind(request.address, request.port, request.ipv6Only);
  }

  openTransferred(_request: OpenTransferredRequest): never {
    assert.fail("nothing is handed over here");
  }

  /** Without a port: one that is free. Throws when the port is taken. */
  bind(address: string, port?: number, ipv6Only = false): BoundSocket {
    if (port !== undefined) return this.#open(address, port, ipv6Only);
    // Not the kernel's own pick, so that nothing that picks at the same time can be in the way again and again.
    for (let candidate = 25_000; candidate < 25_200; candidate += 1) {
      try {
        return this.#open(address, candidate, ipv6Only);
      } catch {
        // Taken.
      }
    }
    return assert.fail("no UDP port from 25000 to 25199 is free");
  }

  #open(address: string, port: number, ipv6Only: boolean): BoundSocket {
    const ip = parseIpAddress(address) ?? assert.fail(`no address: ${address}`);
    const options = { ip, port, protocol: "udp", ipv6Only } as const;
    const bound = this.#sockets.openBound({ ...options, reusePort: false, reuseAddress: false });
    const { descriptor } = bound;
    if (descriptor === null) assert.fail(`bind to UDP port ${port}: errno ${bound.errorNumber}`);
    let owned = true;
    return {
      descriptor,
      port,
      prepareListen: () => assert.fail("UDP sockets do not listen"),
      listen: () => assert.fail("UDP sockets do not listen"),
      detach: () => {
        owned = false;
      },
      close: () => {
        if (owned) this.#sockets.close(descriptor);
        owned = false;
      },
    };
  }
}
