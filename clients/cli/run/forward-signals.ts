// Passes signals on to the program of `portlease run`, as if it had been started directly.

import { readFileSync } from "node:fs";

/** What a platform's signals mean to `portlease run`. */
export interface SignalPlan {
  /** Those that must not end this process while the program runs. */
  readonly taken: readonly NodeJS.Signals[];
  /** Those that ask a program to end: it is not started again then. */
  readonly ending: readonly NodeJS.Signals[];
  /** False for a signal that the program got already, from whoever sent it to us. */
  readonly isPassedOn: (signal: NodeJS.Signals) => boolean;
}

/** The keyboard's signals, which a terminal sends to every process in its foreground. */
const ofTerminal: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);

export const posixSignals: SignalPlan = {
  taken: ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"],
  // Not SIGHUP, which means "read your configuration again" to many.
  ending: ["SIGINT", "SIGTERM", "SIGQUIT"],
  // The child got this one from the terminal already; twice would mean "at once" to many programs.
  isPassedOn: (signal) => !(ofTerminal.has(signal) && isInForeground()),
};

/**
 * Ctrl+C, Ctrl+Break and the closing of the console go to all processes of the console, the program included; nothing else can
 * be sent, and `kill` would end the program at once (https://nodejs.org/api/process.html#signal-events).
 */
export const windowsSignals: SignalPlan = {
  taken: ["SIGINT", "SIGBREAK", "SIGHUP"],
  ending: ["SIGINT", "SIGBREAK", "SIGHUP"],
  isPassedOn: () => false,
};

export interface SignalForwarding {
  /** From now on signals go to `target`, the program; with `null` there is none, and a signal ends the run. */
  to(target: ((signal: NodeJS.Signals) => void) | null): void;
  /** Aborted by the first signal that comes while there is no program; `early` says which. */
  readonly none: AbortSignal;
  readonly early: NodeJS.Signals | null;
  /** Whether the program may not be started again: it was asked to end, or `endedBy`, which ended it, came through us. */
  endsRun(endedBy: NodeJS.Signals | null): boolean;
  stop(): void;
}

/** Takes the signals over at once. */
export function forwardSignals({ taken, ending, isPassedOn }: SignalPlan): SignalForwarding {
  const none = new AbortController();
  const seen = new Set<NodeJS.Signals>();
  let early: NodeJS.Signals | null = null;
  let target: ((signal: NodeJS.Signals) => void) | null = null;
  const listener = (signal: NodeJS.Signals): void => {
    if (target === null) {
      early ??= signal;
      none.abort();
      return;
    }
    seen.add(signal);
    if (isPassedOn(signal)) target(signal);
  };
  for (const signal of taken) process.on(signal, listener);
  return {
    to: (program) => {
      target = program;
    },
    none: none.signal,
    get early() {
      return early;
    },
    endsRun: (endedBy) =>
      ending.some((signal) => seen.has(signal)) || (endedBy !== null && seen.has(endedBy)),
    stop: () => {
      for (const signal of taken) process.off(signal, listener);
    },
  };
}

/** True when this process is in the foreground of a terminal. */
function isInForeground(): boolean {
  try {
    return isForegroundStat(readFileSync("/proc/self/stat", "utf8"));
  } catch {
    // Not Linux: a terminal as stdin is the best sign there is.
    return process.stdin.isTTY;
  }
}

/** Fields 5 (process group) and 8 (foreground group): https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function isForegroundStat(stat: string): boolean {
  // The command in field 2 may contain anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, , processGroup, , , foregroundGroup] = fields;
  return processGroup !== undefined && processGroup === foregroundGroup;
}
