// What is to be bound, and what binding needs to know of the lease. The words that the files of this folder share.

import type { BindMethod, TransportProtocol } from "@portlease/native";
import type { PortReservation } from "@portlease/proto/portlease/v1/lease.js";

/**
 * How to bind a leased port. `auto` does as the reservation says, and where a process may not associate its sockets with a
 * reservation it asks the broker for the socket instead. The others insist: `associate` (Windows, needs elevation), `handoff`
 * (Windows: the broker binds), `plain` (by the port's number alone).
 */
export type BindMethodChoice = "auto" | "associate" | "handoff" | "plain";

/** One try to bind. */
export interface BindRequest {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** An IPv4 or IPv6 literal. "::" accepts IPv4 too unless `ipv6Only`. */
  readonly address: string;
  readonly ipv6Only: boolean;
}

/** What is wanted, before it is known which address this host has. */
export interface BindWish {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** Tried in order: the next one only where this host does not know the family of the one before. At least one. */
  readonly addresses: readonly string[];
  readonly ipv6Only: boolean;
  readonly method: BindMethodChoice;
}

/** A lease as binding sees it. */
export interface BindableLease {
  readonly leaseId: string;
  /** Secret. */
  readonly holderKey: string;
  /** As the broker told them last. Secret. */
  readonly reservations: readonly PortReservation[];
  /** Asks the broker for the reservations as they are now. Rejects with PortleaseError. */
  renewReservations(): Promise<void>;
  /** Throws unless the port is still the caller's. */
  checkHeld(port: number): void;
}

/** How the operating system knows a leased port. */
export interface HowReserved {
  readonly bindMethod: BindMethod;
  /** 0n where there is none, or where the reservation does not cover the port now. Secret. */
  readonly token: bigint;
  /** How many ports the token is for. */
  readonly tokenPortCount: number;
}
