// Runs a program on one set of leases: once, or again and again as its restart policy says. What it is started with is the
// caller's business, and so are the leases.

import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { endOf, type ChildEnd } from "./child-exit.js";
import type { SignalForwarding } from "./forward-signals.js";
import type { LossWatch } from "./loss-watch.js";
import { isRestarted, RestartBackoff, type RestartPolicy } from "./restart-policy.js";

export interface Supervision {
  /** Starts the program. */
  readonly start: () => Promise<ChildProcess>;
  /** A signal for the program. */
  readonly signalled: (child: ChildProcess, signal: NodeJS.Signals) => void;
  /** See Handover. */
  readonly keepsPorts: boolean;
  /** The program has ended. */
  readonly ended: () => void;
  readonly restart: RestartPolicy;
  readonly loss: LossWatch;
  readonly signals: SignalForwarding;
  readonly note: (text: string) => void;
}

/**
 * Resolves with the last end of the program, or with "lost" when it was ended, or is not started (again), because of a lost lease.
 * Rejects when it cannot be started, or with the reason of `signals.none` when a signal comes while it does not run.
 */
export async function supervise(supervision: Supervision): Promise<ChildEnd | "lost"> {
  const { restart, loss, signals, note, keepsPorts } = supervision;
  const backoff = new RestartBackoff();
  for (;;) {
    // Perhaps while the sockets were opened, or between two starts.
    if (loss.signal.aborted || (loss.isLost && !keepsPorts)) return "lost";
    const startedMs = performance.now();
    const end = await runOnce(supervision);
    // Whoever asked it to end wants no other one, whatever became of the lease.
    if (signals.endsRun(end.signal)) return end;
    if (loss.signal.aborted) return "lost";
    if (!isRestarted(restart, end)) return end;
    const waitMs = backoff.next(performance.now() - startedMs);
    const how = end.signal === null ? `exit code ${end.exitCode}` : end.signal;
    note(
      `the program ended with ${how}; it is started again in ${waitMs} ms (--restart ${restart})`,
    );
    await wait(waitMs, undefined, { signal: AbortSignal.any([loss.signal, signals.none]) }).catch(
      () => undefined,
    );
  }
}

async function runOnce(supervision: Supervision): Promise<ChildEnd> {
  const { start, signalled, ended, loss, signals, note } = supervision;
  signals.none.throwIfAborted();
  const child = await start();
  // Before anything is sent to it, which may fail.
  const end = endOf(child, note);
  signals.to((signal) => signalled(child, signal));
  loss.watch(child);
  try {
    return await end;
  } finally {
    signals.to(null);
    loss.watch(null);
    ended();
  }
}
