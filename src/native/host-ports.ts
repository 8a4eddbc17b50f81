// What the broker asks of the operating system about ports, in one narrow interface with one implementation per platform.
// It speaks of ports, sockets and processes only; leases, pools and policy are the callers' business.

/** Transport protocol of a block. TCP and UDP number their ports independently. */
export type TransportProtocol = "tcp" | "udp";

/** How a block is reserved; docs/design.md has the table of who may bind in each. */
export type ReservationKind = "persistent" | "runtime" | "administered" | "held";

/** How the holder of a lease binds a port of the block. */
export type BindMethod = "associate" | "handoff" | "plain" | "share-port";

/** What this process can do on this host. */
export interface HostCapabilities {
  readonly platform: string;
  /** Administrator on Windows, root elsewhere. */
  readonly elevated: boolean;
  /** The kinds that `reserveBlock` accepts here, best first. */
  readonly kinds: readonly ReservationKind[];
  /** The kind that `auto` stands for, and why, as a sentence for people. */
  readonly autoKind: ReservationKind;
  readonly autoKindReason: string;
  /** False where the host has no IPv6; blocks then hold IPv4 only. */
  readonly ipv6: boolean;
  /** How many descriptors this process may still be allowed to open; `null` where there is no such limit. */
  readonly descriptorsMax: number | null;
}

/** An inclusive run of port numbers. */
export interface PortRun {
  readonly firstPort: number;
  readonly portCount: number;
}

export interface ReserveBlockRequest {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  /** A given first port (1 to 65535), or `null`: a free run is picked outside the dynamic range and outside exclusions. */
  readonly firstPort: number | null;
  /** 1 to 65535; firstPort + portCount - 1 is at most 65535. */
  readonly portCount: number;
  /**
   * `null` for a new block: one taken port refuses the whole block.
   * For a block that comes back after a restart, the ports that live leases have: those are covered beside their holders,
   * and a port that cannot be covered is reported by `uncoveredPorts` and never refuses the block. `firstPort` must be given.
   */
  readonly leasedPorts: ReadonlySet<number> | null;
}

/** A process that has a socket on a port, as far as this user may see. */
export interface PortHolder {
  readonly processId: number;
  readonly processName: string;
}

/** The answer to "may this port be used now?". */
export type PortCheck =
  | { readonly state: "free" }
  /** Somebody is bound to the port. `holders` is empty when the OS does not say who. */
  | { readonly state: "in-use"; readonly reason: string; readonly holders: readonly PortHolder[] };

/** A block of ports that is reserved with the operating system until `release` or the end of the process. */
export interface ReservedBlock extends PortRun {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  /** The kernel's token for a port of the block; 0n for kinds without tokens. */
  tokenOf(port: number): bigint;
  /**
   * Proves that nobody is bound to the port and (re)covers it. Call it just before each grant: synchronous, tens of
   * microseconds; a few milliseconds when the port is still in use or in TIME_WAIT.
   * When it answers "in-use" the port is covered beside its holder where the OS allows that, else uncovered
   * (`uncoveredPorts` says which), and the call may be repeated. `holders` is empty: ask `findHolders`, which may be slow.
   */
  reclaimPort(port: number): PortCheck;
  /**
   * Covers a leased port again beside its holder, without asking who is there. "free" means: the port is covered now,
   * also when it was before; "in-use" means that whoever is bound to it does not let the block in.
   */
  coverPort(port: number): PortCheck;
  /** Ports that the reservation does not protect at present, in rising order. */
  uncoveredPorts(): readonly number[];
  /** Gives the whole block back to the operating system. Idempotent. */
  release(): Promise<void>;
}

/** One socket in the operating system's tables. */
export interface ObservedSocket {
  readonly protocol: TransportProtocol;
  readonly family: "ipv4" | "ipv6";
  /** Canonical text; an IPv4 peer of a dual-stack socket reads as "::ffff:192.0.2.1" in family "ipv6". */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** "listen", "established", "time-wait", "other"; UDP sockets are "bound". */
  readonly state: "listen" | "established" | "time-wait" | "bound" | "other";
  /** The owning process where the table itself names it (Windows); `null` elsewhere: ask `findHolders`. */
  readonly processId: number | null;
}

/** A process, told apart from a later one with the same id by its start time. */
export interface ProcessIdentity {
  readonly processId: number;
  /** Opaque; equal for the same process, different for another, also across reboots. */
  readonly startTime: string;
  readonly processName: string;
}

export interface HostPorts {
  capabilities(): HostCapabilities;
  /** Reserves a block, all or nothing. Throws NativeError; the codes are listed in native-error.ts. */
  reserveBlock(request: ReserveBlockRequest): Promise<ReservedBlock>;
  /**
   * All sockets of a protocol, both families. Reads OS tables: milliseconds; never call it per request.
   * TCP sockets that are bound but neither listening nor connected (so also held ports) are in no such table.
   */
  observeSockets(protocol: TransportProtocol): Promise<readonly ObservedSocket[]>;
  /**
   * Who has sockets on these ports, by port. Ports nobody is seen on are absent; the holds of this process do not count.
   * Slow (walks all processes) and limited to what this user may see.
   */
  findHolders(
    protocol: TransportProtocol,
    ports: readonly number[],
  ): Promise<ReadonlyMap<number, readonly PortHolder[]>>;
  /** The ports the OS itself picks from for bind(0) and outgoing connections; `null` when unknown. */
  dynamicRange(protocol: TransportProtocol): Promise<PortRun | null>;
  /** Ranges kept out of the OS's own picks; `null` when unknown (not the same as none). */
  excludedRanges(protocol: TransportProtocol): Promise<readonly PortRun[] | null>;
  /** `null` when there is no such process; one that has ended but was not reaped by its parent counts as none. */
  identifyProcess(processId: number): ProcessIdentity | null;
}

/** What the holder of a lease asks of the operating system. */
export interface LesseeSockets {
  /** Binds a leased port, without listening. Synchronous. Throws NativeError. */
  bindLeased(request: BindLeasedRequest): BoundSocket;
}

export interface BindLeasedRequest {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** An IPv4 or IPv6 literal. "::" accepts IPv4 too unless `ipv6Only`. */
  readonly address: string;
  readonly ipv6Only: boolean;
  readonly bindMethod: BindMethod;
  /** The reservation token for `associate`; 0n otherwise. */
  readonly token: bigint;
}

/** A bound socket that this process owns until it is adopted or closed. */
export interface BoundSocket {
  /** File descriptor (POSIX) or SOCKET (Windows). */
  readonly descriptor: number;
  readonly port: number;
  /**
   * Makes the port usable again at once after the server closes (TIME_WAIT). Call it immediately before listen, never earlier:
   * an unlistened socket with SO_REUSEADDR protects nothing. A programmer error after `close` or `detach`.
   */
  prepareListen(): void;
  /** prepareListen and listen, for sockets that are passed to another program. `backlog` is 1 to 65535. Throws NativeError. */
  listen(backlog: number): void;
  /**
   * Says that somebody else closes the descriptor from now on; `close` then does nothing. `adoptTcpSocket` calls it;
   * call it yourself only after giving the descriptor away for good. A programmer error after `close`.
   */
  detach(): void;
  /** Closes the socket unless it was adopted or detached. Idempotent. */
  close(): void;
}
