// Takes a TCP port for the block if nobody else is bound to it (HELD), and tells who is in the way otherwise.
// Knows one port at a time; the block of ports is held-block.ts.

import { fstatSync } from "node:fs";
import type { PortCheck } from "../host-ports.js";
import type { IpAddress } from "../ip-address.js";
import { EADDRINUSE, socketFailure } from "./errno.js";
import type { PortSockets } from "./port-sockets.js";
import { describeTcpRow, isRemainder, type TcpRow } from "./tcp-row.js";
import type { TcpTables } from "./tcp-tables.js";

/** What became of a port: the descriptor that holds it now (`null`: nothing does), and whether anybody is in the way. */
export interface ClaimedPort {
  readonly descriptor: number | null;
  readonly check: PortCheck;
}

/** How the ports of a block are held. TCP today; a UDP hold needs a packet filter besides and is another implementation. */
export interface PortHolds {
  /** Holds the port if nobody is bound to it. An in-use port is held beside its holder where the OS allows that. */
  claim(port: number): ClaimedPort;
  /** Holds the port only if it can be had without a doubt: quicker to refuse than `claim`, and `null` says nothing of why. */
  claimUntouched(port: number): number | null;
  /** Holds the port beside whoever is there, without asking who; `null` when they do not let us in. */
  cover(port: number): number | null;
  /** Whether a descriptor is still a socket that is bound to the port. */
  isHeld(descriptor: number, port: number): boolean;
  close(descriptor: number): void;
}

const free: PortCheck = { state: "free" };

/**
 * A hold is an unlistened socket on the wildcard address with SO_REUSEPORT and without SO_REUSEADDR: sockets without
 * SO_REUSEPORT and sockets of other users are refused the port on every address, lessees of the same user are let in, and no
 * connection ever goes to it.
 *
 * A lessee that is bound but does not listen is in no table of older kernels, so the proof that nobody is there is a bind
 * without SO_REUSEPORT: it fails if anything at all is bound. It also fails on what the kernel keeps of ended connections
 * (TIME_WAIT, up to a minute), which do not make a port somebody's; telling the two apart is most of this class.
 * Every fact was tried on Linux 6.18; held-block.test.ts and reclaim-port.test.ts in test/native try them again.
 */
export class TcpPortHolds implements PortHolds {
  readonly #sockets: PortSockets;
  readonly #tables: TcpTables;
  readonly #wildcard: IpAddress;

  constructor(sockets: PortSockets, tables: TcpTables, wildcard: IpAddress) {
    this.#sockets = sockets;
    this.#tables = tables;
    this.#wildcard = wildcard;
  }

  claim(port: number): ClaimedPort {
    const descriptor = this.claimUntouched(port);
    return descriptor === null ? this.#claimTouched(port) : { descriptor, check: free };
  }

  claimUntouched(port: number): number | null {
    const descriptor = this.#bind(port, { reusePort: false, reuseAddress: false });
    if (descriptor === null) return null;
    this.#orClose(descriptor, () => this.#sockets.setReusePort(descriptor, port));
    return descriptor;
  }

  cover(port: number): number | null {
    return this.#bind(port, { reusePort: true, reuseAddress: false });
  }

  isHeld(descriptor: number, port: number): boolean {
    return this.#sockets.boundPort(descriptor) === port;
  }

  close(descriptor: number): void {
    this.#sockets.close(descriptor);
  }

  /** Something is bound to the port. Cover it first, so that strangers stay out while we look. */
  #claimTouched(port: number): ClaimedPort {
    const cover = this.cover(port);
    const finding = this.#orClose(cover, () => this.#look(port, cover));
    if (finding !== "only-remainders-in-sight") return { descriptor: cover, check: finding };
    if (cover !== null) this.#sockets.close(cover);
    return this.#claimBesideRemainders(port);
  }

  #look(port: number, cover: number | null): PortCheck | "only-remainders-in-sight" {
    const coverInode = cover === null ? null : fstatSync(cover).ino;
    const rows = this.#tables.rowsOn({ firstPort: port, portCount: 1 });
    const others = rows.filter((row) => row.inode !== coverInode);
    const holders = others.filter((row) => !isRemainder(row));
    if (holders.length > 0) return inUse(holdersReason(holders));
    if (cover === null) return inUse(others.length === 0 ? unseenReason : unsharedReason);
    // Our own cover is bound without listening: when the table shows it, it shows everybody.
    const showsEverybody = others.length < rows.length;
    if (showsEverybody) return free;
    return others.length === 0 ? inUse(unseenReason) : "only-remainders-in-sight";
  }

  /**
   * Older kernels only: behind the remainders there may be a socket that is bound without listening.
   * A bind with SO_REUSEADDR alone passes remainders of sockets that had set it, which lessees do just before they listen, and
   * fails on sockets that had not, which lessees are until then. What it cannot see is a program that sets SO_REUSEADDR and
   * SO_REUSEPORT early and stays unlistened beside remainders of its predecessor.
   */
  #claimBesideRemainders(port: number): ClaimedPort {
    const trial = this.#bind(port, { reusePort: false, reuseAddress: true });
    if (trial === null) return { descriptor: this.cover(port), check: inUse(unseenReason) };
    try {
      // The trial itself must not become the hold: the kernel may remember for the whole port that only SO_REUSEADDR sockets
      // are on it, and would let any other one in. A fresh bind without that option makes it forget.
      this.#sockets.setReusePort(trial, port);
      const descriptor = this.cover(port);
      return { descriptor, check: descriptor === null ? inUse(unsharedReason) : free };
    } finally {
      this.#sockets.close(trial);
    }
  }

  #orClose<T>(descriptor: number | null, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (descriptor !== null) this.#sockets.close(descriptor);
      throw error;
    }
  }

  /** `null` for EADDRINUSE; any other failure is thrown. */
  #bind(port: number, reuse: { reusePort: boolean; reuseAddress: boolean }): number | null {
    const bound = this.#sockets.openBound({ ip: this.#wildcard, port, ipv6Only: false, ...reuse });
    if (bound.descriptor !== null) return bound.descriptor;
    if (bound.errorNumber === EADDRINUSE) return null;
    throw socketFailure("bind", bound.errorNumber, port);
  }
}

const unseenReason = "a socket is bound to it without listening, which this system does not list";

const unsharedReason =
  "an ended server without SO_REUSEPORT left connections in TIME_WAIT, which the kernel drops within a minute";

function inUse(reason: string): PortCheck {
  return { state: "in-use", reason, holders: [] };
}

function holdersReason(holders: readonly TcpRow[]): string {
  const [first] = holders.map(describeTcpRow);
  return holders.length === 1 ? `${first}` : `${first}, and ${holders.length - 1} more sockets`;
}
