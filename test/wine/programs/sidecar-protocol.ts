// What a test and test/wine/programs/sidecar.ts say to each other, one JSON line each way. Types only.

import type { AcquireOptions, BindMethodChoice, LeaseInfo } from "@portlease/client";
import type { BindMethod } from "@portlease/native";

export type SidecarProtocol = "tcp" | "udp";

/** What goes through JSON of the options of acquire. */
export type SidecarAcquire = Pick<
  AcquireOptions,
  "pool" | "protocol" | "service" | "ttlMs" | "requestId" | "claimProcess" | "preferredPort"
>;

export interface SidecarBind {
  readonly host?: string;
  readonly ipv6Only?: boolean;
  readonly bindMethod?: BindMethodChoice;
}

export type SidecarRequest =
  | { readonly do: "acquire"; readonly options: SidecarAcquire }
  /** HTTP on the leased port; every answer is this process's id. */
  | { readonly do: "serve"; readonly options: SidecarBind }
  /** UDP on the leased port; every datagram is answered with this process's id. */
  | { readonly do: "echo"; readonly family: 4 | 6; readonly options: SidecarBind }
  /** Closes all servers and sockets, and keeps the lease. */
  | { readonly do: "close" }
  /** Binds with this token whatever the lease says, and closes the socket again. */
  | {
      readonly do: "bindWithToken";
      readonly port: number;
      readonly token: string;
      readonly tokenPortCount: number;
    }
  | { readonly do: "lease" }
  | { readonly do: "release" };

/** A `LeaseInfo` with what its sockets are bound by. */
export interface SidecarLease extends LeaseInfo {
  readonly reservations: readonly SidecarReservation[];
  /** Names of the lease's events until now, in order. */
  readonly events: readonly string[];
}

export interface SidecarReservation {
  readonly protocol: SidecarProtocol;
  readonly bindMethod: BindMethod;
  readonly firstPort: number;
  readonly portCount: number;
  /** In decimal text; "0" where the port is not covered. */
  readonly token: string;
}

/** An error of the client with what it was caused by. */
export interface SidecarRefusal {
  /** The reason of a PortleaseError, else the error's code. */
  readonly reason: string;
  /** The same of the cause; "" without one. */
  readonly causeReason: string;
  /** The number of the operating system's error, of the error or of its cause. */
  readonly errorNumber: number | null;
  readonly message: string;
}

export interface SidecarAnswer {
  readonly lease?: SidecarLease;
  readonly refused?: SidecarRefusal;
}
