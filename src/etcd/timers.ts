// Time as the client of etcd needs it, so that tests can decide when it passes.

export interface Timer {
  /** A no-op when it has run, or is cancelled. */
  cancel(): void;
}

export interface Timers {
  /** Runs it once, after so many milliseconds. */
  after(milliseconds: number, run: () => void): Timer;
}

export const systemTimers: Timers = {
  after(milliseconds, run) {
    const timeout = setTimeout(run, milliseconds);
    return { cancel: () => clearTimeout(timeout) };
  },
};
