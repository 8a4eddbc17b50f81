// Passes signals on to the program of `portlease run`, as if it had been started directly.

import { readFileSync } from "node:fs";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** The keyboard's signals, which a terminal sends to every process in its foreground. */
const ofTerminal: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);

export interface SignalForwarding {
  /** From now on signals go to `target`; those that came before were passed to `onEarly`. */
  to(target: (signal: NodeJS.Signals) => void): void;
  stop(): void;
}

/** Takes the signals over at once. `onEarly` gets them until there is a target. */
export function forwardSignals(
  onEarly: (signal: NodeJS.Signals) => void,
  inForeground: () => boolean = isInForeground,
): SignalForwarding {
  let target: ((signal: NodeJS.Signals) => void) | null = null;
  const listener = (signal: NodeJS.Signals): void => {
    if (target === null) onEarly(signal);
    // The child got this one from the terminal already; twice would mean "at once" to many programs.
    else if (!(ofTerminal.has(signal) && inForeground())) target(signal);
  };
  for (const signal of forwarded) process.on(signal, listener);
  return {
    to: (child) => {
      target = child;
    },
    stop: () => {
      for (const signal of forwarded) process.off(signal, listener);
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
