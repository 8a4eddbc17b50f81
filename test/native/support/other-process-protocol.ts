// What a test and its other process say to each other, one answer per request. Types only.

import type { BindMethod } from "@portlease/native";

/** How a program that knows nothing of leases binds. */
export interface PlainBind {
  readonly port: number;
  readonly address: string;
  readonly ipv6Only?: boolean;
  readonly reusePort?: boolean;
  readonly reuseAddress?: boolean;
}

export type OtherRequest =
  /** A plain Node server, as any program would start it. */
  | { readonly do: "listen"; readonly port: number; readonly address: string }
  /** A raw socket with exactly these options, unlistened. */
  | ({ readonly do: "bind" } & PlainBind)
  /** Which of these plain binds and listens are refused, each undone at once. The answer counts by error code. */
  | {
      readonly do: "tryAll";
      readonly firstPort: number;
      readonly portCount: number;
      readonly addresses: readonly string[];
    }
  /** Binds as a lessee; `serve` answers every connection with one line and keeps it open. */
  | {
      readonly do: "lease";
      readonly port: number;
      readonly address: string;
      readonly bindMethod: BindMethod;
      readonly serve: boolean;
    }
  /** Ends the accepted connections from this side, so that TIME_WAIT stays here. */
  | { readonly do: "endConnections"; readonly port: number }
  /** Stops listening on the port but keeps the accepted connections. */
  | { readonly do: "stopListening"; readonly port: number }
  /** Closes everything on the port. */
  | { readonly do: "close"; readonly port: number }
  /** Holds the ports until the process ends. Answers the `turns` that other work got meanwhile, and how many are `uncovered`. */
  | { readonly do: "reserve"; readonly firstPort: number; readonly portCount: number };

/** `code` is a Node or NativeError code. */
export type OtherAnswer =
  | { readonly ok: true; readonly counts: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly code: string; readonly message: string };
