// What the broker asks of the operating system about ports, in one narrow interface with one implementation per platform.
// It speaks of ports, sockets and processes only; leases, pools and policy are the callers' business.

/** Transport protocol of a block. TCP and UDP number their ports independently. */
export type TransportProtocol = "tcp" | "udp";

/** How a block is reserved; docs/design.md has the table of who may bind in each. */
export type ReservationKind = "persistent" | "runtime" | "administered" | "held";

/** How the holder of a lease binds a port of the block. */
export type BindMethod = "associate" | "handoff" | "plain" | "share-port";

/** Whether a block is one reservation with one token, or one reservation per port, made anew between two holders. */
export type Isolation = "shared" | "per-lease";

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
  /** True where an ordinary listener can be shut out of its port by reservations, so that a server reserves its own ports too. */
  readonly reservesOwnPorts: boolean;
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
  /** A given first port (1 to 65535), or `null`: see `pick`. */
  readonly firstPort: number | null;
  /**
   * Who picks when `firstPort` is `null`. "auto": portlease picks a free run outside the dynamic range and outside exclusions.
   * "any": the kernel's wildcard where the platform has one (it may lie inside the dynamic range), else as "auto".
   */
  readonly pick: "auto" | "any";
  /** Default "shared". "per-lease" is for kinds with tokens (PERSISTENT, RUNTIME) and at most 256 ports; else UNSUPPORTED. */
  readonly isolation: Isolation;
  /** 1 to 65535; firstPort + portCount - 1 is at most 65535. */
  readonly portCount: number;
  /**
   * `null` for a new block: one taken port refuses the whole block.
   * For a block that comes back after a restart, the ports that live leases have: those are covered beside their holders,
   * and a port that cannot be covered is reported by `uncoveredPorts` and never refuses the block. `firstPort` must be given.
   */
  readonly leasedPorts: ReadonlySet<number> | null;
  /**
   * True: what is held is let go for as long as it is lent (`lendPort`), so that any program binds a lent port as any other port.
   * For kind HELD; ADMINISTERED ports are so by themselves, and reservations with tokens (Windows) never are: no effect there.
   */
  readonly lendsPorts?: boolean;
  /**
   * Called with the run that is about to be reserved, before anything is made that outlives this process; nothing is made
   * unless it resolves. Called again with another run when the first one was lost to somebody. Never called for kinds that
   * end with the process (RUNTIME, HELD), nor for a block that comes back and is found as it was.
   */
  readonly intend: (run: PortRun) => Promise<void>;
}

/** A reservation that outlives processes, by what it was made with. */
export interface ReservationQuery extends PortRun {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
}

/** The kernel's token, and all the ports that it is for. Secret. */
export interface TokenRange extends PortRun {
  /** 0n for kinds without tokens, and for a port that is uncovered: it is bound plainly. */
  readonly token: bigint;
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

/** A block of ports that is reserved with the operating system. */
export interface ReservedBlock extends PortRun {
  readonly kind: ReservationKind;
  readonly protocol: TransportProtocol;
  readonly bindMethod: BindMethod;
  readonly isolation: Isolation;
  /** What the operating system knows a port's reservation by, now. It may change in `reclaimPort` and `coverPort`. */
  reservationOf(port: number): TokenRange;
  /**
   * Proves that nobody is bound to the port and (re)covers it. Call it just before each grant: synchronous, tens of
   * microseconds; a few milliseconds when the port is still in use or in TIME_WAIT. With isolation "per-lease" the port's
   * reservation is made anew, so that the token of its past holder is dead in the kernel.
   * When it answers "in-use" the port is covered beside its holder where the OS allows that, else uncovered
   * (`uncoveredPorts` says which), and the call may be repeated; so it does for a free port of kind ADMINISTERED that is being
   * covered again, which takes a moment. `holders` is empty: ask `findHolders`, which may be slow.
   */
  reclaimPort(port: number): PortCheck;
  /**
   * Covers a leased port again beside its holder, without asking who is there. "free" means: the port is covered now,
   * also when it was before; "in-use" means that whoever is bound to it does not let the block in.
   */
  coverPort(port: number): PortCheck;
  /** Ports that the reservation does not protect at present, in rising order. */
  uncoveredPorts(): readonly number[];
  /**
   * Whether this process still has what it reserves the port with; a few microseconds. When it was lost the port is uncovered
   * from then on, so that `coverPort` and `reclaimPort` get it back. True for an uncovered port, which has nothing to lose, and
   * where it can be told only by `HostPorts.hasReservation`.
   */
  verifyPort(port: number): boolean;
  /**
   * Lets go of what holds a port that was just reclaimed: whoever leases it binds it plainly. It counts as covered meanwhile, and
   * nothing but the operating system's own picks, which lie elsewhere, leaves it alone. A no-op unless the block lends its ports.
   */
  lendPort(port: number): void;
  /** Holds a lent port again, or leaves it uncovered while somebody is in the way. A no-op for a port that is not lent. Never throws. */
  takeBackPort(port: number): void;
  /**
   * Binds a leased port for another process, which opens it with `LesseeSockets.openTransferred`. Synchronous, and never
   * touches Node's event loop. Throws NativeError: UNSUPPORTED where sockets are not handed over, PORT_TAKEN, and others.
   */
  bindForTransfer(request: BindForTransferRequest): TransferableSocket;
  /**
   * Lets go of what ends with this process anyway; PERSISTENT and ADMINISTERED reservations stay with the operating system,
   * to be found again at the next start. Idempotent; nothing else may be called afterwards but `remove`.
   */
  release(): Promise<void>;
  /**
   * Gives the whole block back to the operating system for good. Idempotent. Rejects with NativeError, ACCESS_DENIED without
   * the rights for it; what could not be given back is then still reserved and the call may be repeated.
   */
  remove(): Promise<void>;
}

export interface BindForTransferRequest {
  readonly port: number;
  /** An IPv4 or IPv6 literal. "::" accepts IPv4 too unless `ipv6Only`. */
  readonly address: string;
  readonly ipv6Only: boolean;
}

/** A socket that was bound for somebody else, and is this process's own copy until `close`. */
export interface TransferableSocket {
  readonly port: number;
  /** What the process with this id opens the socket with: good once, there only. May be called again. Throws NativeError. */
  duplicateFor(processId: number): Uint8Array;
  /** Closes this process's copy; the other's lives on. Idempotent. */
  close(): void;
}

/** A run kept out of the operating system's own picks. */
export interface ExcludedRange extends PortRun {
  /** True where anybody may bind in it by naming the port (Windows marks those with an asterisk; all of Linux's are). */
  readonly administered: boolean;
}

/** One end of a TCP connection. */
export interface ConnectionEnds {
  /** Canonical literals, as `net.Socket` gives them: the end whose owner is asked for is the remote one of our socket. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A process that is looked at again and again, for a microsecond or two each time; costs a descriptor. Its id is not reused while this is open, where the OS can promise that. */
export interface ProcessWatch {
  readonly identity: ProcessIdentity;
  hasExited(): boolean;
  /** Idempotent. */
  close(): void;
}

/** The answer of a bind that was tried and given up at once. */
export type BindTrial =
  | { readonly bound: true }
  /** `errorName` as the platform calls it, such as "WSAEACCES" or "EADDRINUSE". */
  | { readonly bound: false; readonly errorNumber: number; readonly errorName: string };

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
  /** Tells the socket apart from every other one there is now, where the table has such a number (Linux); `null` elsewhere. */
  readonly socketId: number | null;
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
  excludedRanges(protocol: TransportProtocol): Promise<readonly ExcludedRange[] | null>;
  /** `null` when there is no such process; one that has ended but was not reaped by its parent counts as none. */
  identifyProcess(processId: number): ProcessIdentity | null;
  /** `null` when there is no such process, it may not be looked at, or the OS has nothing that stands for a process. */
  watchProcess(processId: number): ProcessWatch | null;
  /**
   * Whether this very process has ended, also when its id is another one's by now. `null` when that cannot be told. Synchronous,
   * tens of microseconds; for a process that is looked at again and again `watchProcess` is far cheaper.
   */
  hasProcessEnded(process: Pick<ProcessIdentity, "processId" | "startTime">): boolean | null;
  /** Whether one process was started by the other, directly or through others that still run. `null` when unknown. */
  isDescendant(processId: number, ancestorId: number): boolean | null;
  /**
   * Whether a process is on this process's network: in another network namespace (a container) the same numbers are other ports.
   * `null` when that cannot be seen. https://man7.org/linux/man-pages/man7/network_namespaces.7.html
   */
  sharesNetwork(processId: number): boolean | null;
  /**
   * The process on this host that has the other end of a connection to this process. `likelyProcessId` is looked at first and
   * answered when it has that end, which is far cheaper where the tables name sockets and not processes, and decides where
   * several processes share the socket. `null` when the tables do not say: no row, no owner (Windows and Wine show process 0),
   * or an owner that is not visible to this user. Never throws. Synchronous: tenths of a millisecond for the likely process;
   * where all processes have to be looked at, a few milliseconds.
   */
  connectionOwner(connection: ConnectionEnds, likelyProcessId: number): number | null;
  /** Tries an ordinary bind of an ordinary process, on the address given, and closes the socket again. Synchronous. */
  tryBind(protocol: TransportProtocol, address: string, port: number): BindTrial;
  /**
   * Whether a reservation that outlives processes is there, made with exactly this run. `null` when that cannot be told.
   * Kinds that end with the process are never there.
   */
  hasReservation(query: ReservationQuery): Promise<boolean | null>;
  /**
   * Removes reservations that outlive processes, made with exactly this run, or with single ports (PERSISTENT) or parts of it
   * (ADMINISTERED). Resolves with how many were removed: 0 when there were none. Throws NativeError, also when that is unknown.
   */
  removeReservation(query: ReservationQuery): Promise<number>;
}

/** What the holder of a lease asks of the operating system. */
export interface LesseeSockets {
  /**
   * Binds a leased port, without listening. Synchronous. Throws NativeError; for "handoff" UNSUPPORTED: ask the broker with
   * TransferSocket, and call `openTransferred`.
   */
  bindLeased(request: BindLeasedRequest): BoundSocket;
  /** Opens a socket that the broker bound and duplicated for this process. Throws NativeError. */
  openTransferred(request: OpenTransferredRequest): BoundSocket;
}

export interface OpenTransferredRequest {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** The 628 bytes of TransferSocket. */
  readonly protocolInfo: Uint8Array;
}

export interface BindLeasedRequest {
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** An IPv4 or IPv6 literal. "::" accepts IPv4 too unless `ipv6Only`. */
  readonly address: string;
  readonly ipv6Only: boolean;
  readonly bindMethod: BindMethod;
  /** The reservation token for `associate`; 0n otherwise. With 0n `associate` binds plainly: the port is not covered now. */
  readonly token: bigint;
  /** How many ports the token is for. */
  readonly tokenPortCount: number;
}

/** For whoever passes bound sockets to programs that inherit none. */
export interface SocketDuplicator {
  /**
   * What the process with this id opens the same socket with: 628 bytes, good once, there only, and as long as `socket` is open.
   * May be called again. Throws NativeError.
   */
  duplicate(socket: BoundSocket, processId: number): Uint8Array;
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
  /**
   * prepareListen and listen, for sockets that are passed to another program. `backlog` is 1 to 65535. A UDP socket, which
   * receives from its bind on, is only made ready to be passed. Throws NativeError.
   */
  listen(backlog: number): void;
  /**
   * Says that somebody else closes the descriptor from now on; `close` then does nothing. `adoptTcpSocket` calls it;
   * call it yourself only after giving the descriptor away for good. A programmer error after `close`.
   */
  detach(): void;
  /** Closes the socket unless it was adopted or detached. Idempotent. */
  close(): void;
}

/** Folders that only the user of this process, and administrators, may look into: for the data of the broker. */
export interface PrivateFolders {
  /**
   * Creates the folder and missing ones above it; the folder itself is private from its first moment. One that is there
   * already is left as it is: ask `widerRights`, and refuse it. Throws NativeError.
   */
  makePrivate(path: string): void;
  /**
   * Who may get at the folder besides this user and administrators, each as a phrase for people; empty when nobody.
   * `null` when that cannot be told. Throws NativeError NOT_FOUND when there is no such folder.
   */
  widerRights(path: string): readonly string[] | null;
  /**
   * Who owns the file or folder, as a phrase for people, when that is neither this user nor an administrator; `null` when it is
   * one of them. An owner that cannot be told counts as another. Throws NativeError NOT_FOUND when there is no such thing.
   */
  foreignOwner(path: string): string | null;
}
