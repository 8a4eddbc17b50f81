// What a test and a Windows program say to each other, one JSON line each way. Types only.

export type CallerProtocol = "tcp" | "udp";

export type CallerRequest =
  /** Create, Delete or Lookup of a persistent reservation. */
  | {
      readonly do: "create" | "delete" | "lookup";
      readonly protocol: CallerProtocol;
      readonly firstPort: number;
      readonly portCount: number;
    }
  /** A new unbound socket. */
  | { readonly do: "open"; readonly protocol: CallerProtocol; readonly family: 4 | 6 }
  /** WSAIoctl as it is: `input` in hex, `null` for a null pointer. */
  | {
      readonly do: "ioctl";
      readonly socket: number;
      readonly code: number;
      readonly input: string | null;
      readonly outputSize: number;
    }
  | {
      readonly do: "bind";
      readonly socket: number;
      readonly address: string;
      readonly port: number;
    }
  | { readonly do: "close"; readonly socket: number }
  /** Gives the socket to Node and answers HTTP on it. */
  | { readonly do: "serve"; readonly socket: number }
  | { readonly do: "duplicate"; readonly socket: number; readonly processId: number }
  | { readonly do: "openDuplicate"; readonly info: string }
  /** An ordinary net.Server or dgram socket, closed again at once; `port` 0 lets the system pick. */
  | {
      readonly do: "listen";
      readonly protocol: CallerProtocol;
      readonly address: string;
      readonly port: number;
    }
  /** The owners that the system's table has for a local IPv4 port. */
  | { readonly do: "owners"; readonly protocol: CallerProtocol; readonly port: number }
  /** The token's elevation by GetTokenInformation. */
  | { readonly do: "elevation" }
  /** One port after another from the first one is created with its own reservation; how many were. */
  | { readonly do: "race"; readonly firstPort: number; readonly portCount: number };

export interface CallerAnswer {
  /** The Win32 or Winsock error; 0 for success. */
  readonly error: number;
  /** Node's error code, of `listen` and `serve`. */
  readonly code?: string;
  readonly socket?: number;
  /** In decimal text. */
  readonly token?: string;
  readonly port?: number;
  /** In hex: the output of an ioctl, or a duplicated socket's protocol info. */
  readonly output?: string;
  readonly count?: number;
  readonly elevated?: boolean;
  /** Process ids. */
  readonly owners?: readonly number[];
  /** The exception, when the request could not be carried out at all. */
  readonly problem?: string;
}
