// A probe on POSIX: sockets with exactly the options that are asked for. Ports are given, never 0.

import { parseIpAddress } from "../../ip-address.js";
import type { Libc } from "../../posix/bindings.js";
import { errnoName } from "../../posix/errno.js";
import type { PosixLayout } from "../../posix/layout.js";
import { PortSockets } from "../../posix/port-sockets.js";
import { BaseProbe, type RawSocket, refusedBy } from "../base-probe.js";
import type { ProbeBind, Refused } from "../probe.js";

export class PosixProbe extends BaseProbe {
  readonly #sockets: PortSockets;

  constructor(libc: Libc, layout: PosixLayout) {
    super();
    this.#sockets = new PortSockets(libc, layout);
  }

  override setReuseAddress(socketId: number): Promise<void> {
    const { descriptor, port } = this.rawOf(socketId);
    this.#sockets.setReuseAddress(descriptor, port);
    return Promise.resolve();
  }

  protected openBound(request: ProbeBind): RawSocket | Refused {
    const { address, port, protocol = "tcp" } = request;
    const { ipv6Only = false, reusePort = false, reuseAddress = false } = request;
    const ip = parseIpAddress(address);
    if (ip === null) throw new Error(`${address} is no address`);
    try {
      const bound = this.#sockets.openBound({
        ip,
        port,
        protocol,
        ipv6Only,
        reusePort,
        reuseAddress,
      });
      if (bound.descriptor === null) {
        const { errorNumber } = bound;
        return { ok: false, api: "bind", errorNumber, errorName: errnoName(errorNumber) };
      }
      return this.#socketOf(bound.descriptor, protocol, port);
    } catch (error) {
      return refusedBy(error);
    }
  }

  #socketOf(descriptor: number, protocol: RawSocket["protocol"], port: number): RawSocket {
    let open = true;
    return {
      descriptor,
      protocol,
      port,
      close: () => {
        if (open) this.#sockets.close(descriptor);
        open = false;
      },
    };
  }
}
