// The leases of this process, by their ports: who uses them, and when the last user is gone. Asking the broker is the client's.

import type { Lease } from "../lease.js";
import { messageOf } from "../error-facts.js";
import { PortleaseError } from "../errors.js";
import { overlap, type BoundAddress } from "./addresses.js";
import type { Say } from "./notices.js";

export type LeasableProtocol = "tcp" | "udp";

export interface LeaseRequest {
  readonly protocol: LeasableProtocol;
  /** `null`: this process's own. */
  readonly service: string | null;
  /** That port and no other; `null`: any. */
  readonly port: number | null;
}

/** The part of a lease that is used here. */
export type UsedLease = Pick<Lease, "port" | "listen" | "bind" | "release">;

/** Leases from the broker. Rejects with PortleaseError. */
export type AcquireLease = (request: LeaseRequest, signal: AbortSignal) => Promise<UsedLease>;

interface Entry {
  readonly ready: Promise<UsedLease>;
  /** Of who asked first: when that one gives up, so does the request. */
  readonly asker: AbortSignal;
  readonly claims: Set<BoundAddress>;
  users: number;
}

/** What one server or socket has of a lease. */
export interface LeaseUse {
  readonly lease: UsedLease;
  /** Says which address is to be bound. Throws ALREADY_BOUND where another user of the lease is in the way. */
  claim(address: BoundAddress): void;
  /** The address is not bound any more, but connections to it may still be open. Idempotent. */
  unclaim(): void;
  /** Nothing of it is in use any more; the last user's leaving releases the lease. Idempotent. */
  leave(): void;
}

export class ProcessLeases {
  readonly #acquire: AcquireLease;
  readonly #say: Say;
  readonly #byPort = new Map<string, Entry>();
  /** Releases under way. */
  readonly #releases = new Map<string, Promise<void>>();

  constructor(acquire: AcquireLease, say: Say) {
    this.#acquire = acquire;
    this.#say = say;
  }

  /** Whether the process leases the port, or is about to. */
  has(protocol: LeasableProtocol, port: number): boolean {
    return this.#byPort.has(keyOf(protocol, port));
  }

  /** A share of the lease that has the port already, else of a new one. Rejects with PortleaseError. */
  async use(request: LeaseRequest, signal: AbortSignal): Promise<LeaseUse> {
    const { protocol, port } = request;
    const known = port === null ? undefined : this.#byPort.get(keyOf(protocol, port));
    const entry = known ?? {
      ready: this.#acquired(request, signal),
      asker: signal,
      claims: new Set(),
      users: 0,
    };
    entry.users += 1;
    // At once where the port is known, so that a second listen on it does not ask for a lease of its own.
    if (port !== null) this.#byPort.set(keyOf(protocol, port), entry);
    let lease: UsedLease;
    try {
      lease = await entry.ready;
    } catch (error) {
      entry.users -= 1;
      if (port !== null && this.#byPort.get(keyOf(protocol, port)) === entry) {
        this.#byPort.delete(keyOf(protocol, port));
      }
      if (entry.asker.aborted && !signal.aborted) return this.use(request, signal);
      throw error;
    }
    this.#byPort.set(keyOf(protocol, lease.port), entry);
    return this.#useOf(protocol, lease, entry);
  }

  /** After the release of the same port, which might come to the broker later than the wish to have it again. */
  async #acquired(request: LeaseRequest, signal: AbortSignal): Promise<UsedLease> {
    const { protocol, port } = request;
    if (port !== null) await this.#releases.get(keyOf(protocol, port));
    return this.#acquire(request, signal);
  }

  #useOf(protocol: LeasableProtocol, lease: UsedLease, entry: Entry): LeaseUse {
    let claimed: BoundAddress | null = null;
    let left = false;
    const unclaim = (): void => {
      if (claimed !== null) entry.claims.delete(claimed);
      claimed = null;
    };
    return {
      lease,
      claim: (address) => {
        for (const other of entry.claims) {
          if (overlap(other, address)) throw alreadyBound(lease.port, other.address);
        }
        claimed = address;
        entry.claims.add(address);
      },
      unclaim,
      leave: () => {
        if (left) return;
        left = true;
        unclaim();
        entry.users -= 1;
        if (entry.users > 0) return;
        const key = keyOf(protocol, lease.port);
        this.#byPort.delete(key);
        this.#releases.set(key, this.#release(key, lease));
      },
    };
  }

  /** Never rejects. */
  async #release(key: string, lease: UsedLease): Promise<void> {
    try {
      await lease.release();
    } catch (error) {
      this.#say(
        `port ${lease.port} could not be given back and is leased until its TTL is over: ${messageOf(error)}`,
      );
    } finally {
      this.#releases.delete(key);
    }
  }
}

function keyOf(protocol: LeasableProtocol, port: number): string {
  return `${protocol} ${port}`;
}

function alreadyBound(port: number, address: string): PortleaseError {
  return new PortleaseError(
    "FAILED_PRECONDITION",
    `this process has bound port ${port} already, on ${address}. Close that first, or use another port.`,
    { reason: "ALREADY_BOUND", metadata: { port: String(port), address } },
  );
}
