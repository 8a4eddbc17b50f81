// Takes a UDP port for the block if nobody else is bound to it (HELD), and tells who is in the way otherwise. TCP ports are
// claim-port.ts.

import { fstatSync } from "node:fs";
import type { PortCheck } from "../host-ports.js";
import type { IpAddress } from "../ip-address.js";
import type { ClaimedPort, PortHolds } from "./claim-port.js";
import { EADDRINUSE, socketFailure } from "./errno.js";
import type { PortSockets } from "./port-sockets.js";
import { describeUdpRow, type UdpTables } from "./udp-tables.js";

/** The hold is the first socket on its port, its lessee the next one. */
const lesseeIndex = 1;

/**
 * A hold is a socket on the wildcard address with SO_REUSEPORT that receives nothing: sockets without SO_REUSEPORT and sockets of
 * other users are refused the port on every address, lessees of the same user are let in. A lessee that binds the wildcard
 * address shares the hold's datagrams, about half of them; a filter of the group that they form gives it all (semantics.md 23).
 * It does so by position, for one lessee socket per address. A hold that came second would be the one that receives, so a port
 * is never covered beside its lessee: it stays uncovered until it is free for a moment.
 *
 * Unlike TCP ports, UDP ports keep nothing after their socket is closed, and every bound socket is in /proc/net.
 * Tried on Linux 6.18; held-udp.test.ts in test/native tries it again.
 */
export class UdpPortHolds implements PortHolds {
  readonly #sockets: PortSockets;
  readonly #tables: UdpTables;
  readonly #wildcard: IpAddress;
  /** By descriptor. */
  readonly #inodes = new Map<number, number>();
  readonly #held = new Set<number>();

  constructor(sockets: PortSockets, tables: UdpTables, wildcard: IpAddress) {
    this.#sockets = sockets;
    this.#tables = tables;
    this.#wildcard = wildcard;
  }

  /** Whether the socket with this inode is one of the holds. */
  has(inode: number): boolean {
    return this.#held.has(inode);
  }

  claim(port: number): ClaimedPort {
    const descriptor = this.claimUntouched(port);
    const check: PortCheck =
      descriptor === null
        ? { state: "in-use", reason: this.#reason(port), holders: [] }
        : { state: "free" };
    return { descriptor, check };
  }

  claimUntouched(port: number): number | null {
    // Without SO_REUSEPORT, so that the bind fails when anybody is bound on any address.
    const bound = this.#sockets.openBound({
      ip: this.#wildcard,
      port,
      protocol: "udp",
      ipv6Only: false,
      reusePort: false,
      reuseAddress: false,
      receiverIndex: lesseeIndex,
    });
    if (bound.descriptor === null) {
      if (bound.errorNumber === EADDRINUSE) return null;
      throw socketFailure("bind", bound.errorNumber, port);
    }
    return this.#asHold(bound.descriptor, port);
  }

  cover(port: number): number | null {
    return this.claimUntouched(port);
  }

  /** One that is gone is no hold any more: its number, and later its inode, may be somebody else's. */
  isHeld(descriptor: number, port: number): boolean {
    if (this.#sockets.boundPort(descriptor) === port) return true;
    this.#forget(descriptor);
    return false;
  }

  close(descriptor: number): void {
    this.#forget(descriptor);
    this.#sockets.close(descriptor);
  }

  #forget(descriptor: number): void {
    const inode = this.#inodes.get(descriptor);
    if (inode !== undefined) this.#held.delete(inode);
    this.#inodes.delete(descriptor);
  }

  #asHold(descriptor: number, port: number): number {
    try {
      // Else datagrams to a port that nobody serves would fill the hold's buffer.
      this.#sockets.dropEverything(descriptor, port);
      this.#sockets.setReusePort(descriptor, port);
      const inode = fstatSync(descriptor).ino;
      this.#inodes.set(descriptor, inode);
      this.#held.add(inode);
      return descriptor;
    } catch (error) {
      this.close(descriptor);
      throw error;
    }
  }

  #reason(port: number): string {
    const [first, ...more] = this.#tables.rowsOn(port);
    if (first === undefined) return "a socket was bound to it a moment ago";
    const others = more.length === 0 ? "" : `, and ${more.length} more sockets`;
    return `${describeUdpRow(first)}${others}`;
  }
}
