// What `portlease run` asks of the platform: finding the program, getting its ports ready, starting it, and which signals are
// its business. One file per platform implements it; run-leased.ts is the same everywhere.

import type { ChildProcess } from "node:child_process";
import type { Lease } from "@portlease/client";
import type { BoundSocket } from "@portlease/native";
import type { SignalPlan } from "./forward-signals.js";

/** The lease as far as its sockets go. */
export type LeasedSockets = Pick<Lease, "ports" | "reservations" | "openSocket">;

export interface ChildLauncher {
  /** Whether programs get their sockets from us. Else they bind by themselves, where that needs no help. */
  readonly passesSockets: boolean;
  readonly signals: SignalPlan;
  /** The file to start. Throws CliFailure with exit code 127 (not found) or 126 (cannot be started). */
  find(name: string): string;
  /** What the program is called among services. */
  nameOf(file: string): string;
  /**
   * The listening sockets to pass, one per port in rising order; none where the program binds by itself. `address` is an IP
   * address of this host; `null`: all of them. Rejects with CliFailure UNSUPPORTED or as `Lease.openSocket` does.
   */
  open(lease: LeasedSockets, address: string | null): Promise<readonly BoundSocket[]>;
  /** The child shares stdin, stdout and stderr with this process. */
  start(
    file: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    sockets: readonly BoundSocket[],
  ): ChildProcess;
}
