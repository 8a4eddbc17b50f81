// What facts about Linux are tried with, beyond sockets: the host's tables and limits.

import type { HostPorts } from "../../host-ports.js";
import type { TcpTables } from "../../posix/tcp-tables.js";
import { DoctorContext } from "../doctor-context.js";
import type { Opened } from "../probe.js";

export class LinuxContext extends DoctorContext {
  readonly hostPorts: HostPorts;
  readonly tables: TcpTables;

  constructor(
    parts: { readonly hostPorts: HostPorts; readonly tables: TcpTables },
    ...base: ConstructorParameters<typeof DoctorContext>
  ) {
    super(...base);
    this.hostPorts = parts.hostPorts;
    this.tables = parts.tables;
  }

  /** All addresses, in both families where the host has both. */
  get everyAddress(): string {
    return this.hostPorts.capabilities().ipv6 ? "::" : "0.0.0.0";
  }

  /** The addresses that programs bind. */
  get addresses(): readonly string[] {
    const ipv4 = ["0.0.0.0", "127.0.0.1"];
    return this.hostPorts.capabilities().ipv6 ? [...ipv4, "::", "::1"] : ipv4;
  }

  /** Holds a port as a HELD block does. Throws when it is refused. */
  async hold(port: number): Promise<Opened> {
    const held = await this.here.bind({ address: this.everyAddress, port, reusePort: true });
    if (held.ok) return held;
    throw new Error(`the port could not be held: ${held.errorName}`);
  }

  /** Holds so many free ports of a range, wherever they are; fewer where there are not so many. Resolves with their numbers. */
  async holdSome(
    portCount: number,
    range: { readonly first: number; readonly last: number },
  ): Promise<readonly number[]> {
    const held: number[] = [];
    const address = this.everyAddress;
    const places = range.last - range.first + 1;
    const start = Math.floor(Math.random() * places);
    for (let place = 0; place < places && held.length < portCount; place += 1) {
      const port = range.first + ((start + place) % places);
      if (this.avoids(port, 1)) continue;
      const bound = await this.here.bind({ address, port, reusePort: true });
      if (bound.ok) held.push(port);
    }
    return held;
  }

  /** Holds a free port, and resolves with its number. */
  async holdFree(): Promise<number> {
    const port = await this.freeRun(1);
    await this.hold(port);
    return port;
  }
}
