// Passes signals on to the program of `portlease run`, as if it had been started directly.

import { readFileSync } from "node:fs";

/** What a platform's signals mean to `portlease run`. */
export interface SignalPlan {
  /** Those that must not end this process while the program runs. */
  readonly taken: readonly NodeJS.Signals[];
  /** False for a signal that the program got already, from whoever sent it to us. */
  readonly isPassedOn: (signal: NodeJS.Signals) => boolean;
}

/** The keyboard's signals, which a terminal sends to every process in its foreground. */
const ofTerminal: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);

export const posixSignals: SignalPlan = {
  taken: ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"],
  // The child got this one from the terminal already; twice would mean "at once" to many programs.
  isPassedOn: (signal) => !(ofTerminal.has(signal) && isInForeground()),
};

/**
 * Ctrl+C, Ctrl+Break and the closing of the console go to all processes of the console, the program included; nothing else can
 * be sent, and `kill` would end the program at once (https://nodejs.org/api/process.html#signal-events).
 */
export const windowsSignals: SignalPlan = {
  taken: ["SIGINT", "SIGBREAK", "SIGHUP"],
  isPassedOn: () => false,
};

export interface SignalForwarding {
  /** From now on signals go to `target`; those that came before were passed to `onEarly`. */
  to(target: (signal: NodeJS.Signals) => void): void;
  stop(): void;
}

/** Takes the signals over at once. `onEarly` gets them until there is a target. */
export function forwardSignals(
  { taken, isPassedOn }: SignalPlan,
  onEarly: (signal: NodeJS.Signals) => void,
): SignalForwarding {
  let target: ((signal: NodeJS.Signals) => void) | null = null;
  const listener = (signal: NodeJS.Signals): void => {
    if (target === null) onEarly(signal);
    else if (isPassedOn(signal)) target(signal);
  };
  for (const signal of taken) process.on(signal, listener);
  return {
    to: (child) => {
      target = child;
    },
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
