// How leased ports get to the program of `portlease run`: one interface with an implementation per way, in the files beside this
// one. A way knows ports, sockets and process ids; leases, restarts and signals are run-leased.ts and supervise.ts.

import type { Lease, LeaseProtocol } from "@portlease/client";

/** The lease as far as its sockets go. */
export type LeasedSockets = Pick<
  Lease,
  "leaseId" | "ports" | "reservations" | "openSocket" | "listen"
>;

/** One port of the program. */
export interface LeasedPort {
  /** What the user calls it (`--lease`), else `null`. */
  readonly name: string | null;
  readonly port: number;
  readonly protocol: LeaseProtocol;
  readonly lease: LeasedSockets;
}

export interface HandoverOptions {
  /** An IP address of this host to listen on; `null`: all of them. */
  readonly address: string | null;
  /** Whether the program may be started again with the same ports, so that what it needs for that must be kept. */
  readonly restarts: boolean;
  /** Says something to the user, on stderr. */
  readonly note: (text: string) => void;
}

/** The names of `--handover`. */
export type HandoverName = "sockets" | "port";

/** A way to hand ports over. Without state; what it opens belongs to one set of leases. */
export interface HandoverWay {
  readonly name: HandoverName | "proxy";
  /** Whether `HandoverOptions.address` means anything: it does where this process binds. */
  readonly binds: boolean;
  /**
   * Gets the ports ready, in the order of the user. Rejects with CliFailure UNSUPPORTED where these ports cannot be handed over
   * in this way, or as `Lease.openSocket` does; nothing is left open then.
   */
  open(ports: readonly LeasedPort[], options: HandoverOptions): Promise<Handover>;
}

/** What the program gets at a start of it. */
export interface ChildStart {
  /** Variables on top of those that every way sets (child-environment.ts). */
  readonly environment: Readonly<Record<string, string>>;
  /** Open descriptors of this process that the program gets as 3, 4 and so on (POSIX only); they stay the handover's. */
  readonly descriptors: readonly number[];
  /**
   * What PORT, `--env` and templates say, one number per leased port in the same order: the leased ports, unless the program is
   * to bind others and somebody forwards to them.
   */
  readonly programPorts: readonly number[];
  /** What {socket} stands for, where the program is to listen on a Unix socket or named pipe. */
  readonly socketPath?: string;
}

/** The ports of one set of leases on their way to one program, which may be started several times, one after the other. */
export interface Handover {
  /** Whether the ports are bound while no program runs: then they are nobody else's, also when their lease is lost. */
  readonly keepsPorts: boolean;
  /** Before each start of the program. */
  prepare(): Promise<ChildStart>;
  /** The program runs, as this process. */
  started(processId: number): void;
  /** A signal for it: calls `pass` when it may have it. Absent: at once. */
  signalled?(signal: NodeJS.Signals, pass: () => void): void;
  /** It has ended; another start may follow. */
  ended(): void;
  /** Nothing is left open once it resolves. Idempotent; before it, the leases are not released. */
  close(): Promise<void>;
}
