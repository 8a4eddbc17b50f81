// What a test and its Windows program say to each other, one answer per request. Types only.

import type { BindMethod, TransportProtocol } from "@portlease/native";

export type ProgramRequest =
  /** A plain Node server, as any program would start it. */
  | { readonly do: "listen"; readonly port: number; readonly address: string }
  /** Binds as a lessee. */
  | {
      readonly do: "bind";
      readonly protocol: TransportProtocol;
      readonly port: number;
      readonly address: string;
      readonly ipv6Only: boolean;
      readonly bindMethod: BindMethod;
      /** As decimal text: it may use all 64 bits. */
      readonly token: string;
      readonly tokenPortCount: number;
      readonly listen: boolean;
    }
  /** Opens a socket that was bound for it; `protocolInfo` in hex. */
  | {
      readonly do: "open";
      readonly protocol: TransportProtocol;
      readonly port: number;
      readonly protocolInfo: string;
      readonly listen: boolean;
    }
  /** Closes what it has on the port. */
  | { readonly do: "close"; readonly port: number };

/** `code` is a Node or NativeError code. */
export type ProgramAnswer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: string;
      readonly errorName: string | null;
      readonly message: string;
    };
