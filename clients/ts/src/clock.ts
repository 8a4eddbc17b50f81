// Time as the client sees it, as arguments: everything else in this package asks these interfaces and never the system.
// Deadlines use the monotonic clock; the wall clock only shows that the machine slept.

/** What time it is. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. May be fractional. */
  monotonicMs(): number;
  /** Milliseconds since 1970. Jumps when somebody sets it; never used for a deadline. */
  wallMs(): number;
}

/** A pending call. */
export interface Timer {
  /** Drops the call. No-op when it has run or was cancelled. */
  cancel(): void;
}

/** Calls later. */
export interface Timers {
  /** Calls `callback` once after `delayMs` (0 or more; above 24 days it may be called early). */
  after(delayMs: number, callback: () => void): Timer;
}

/** The clocks of this process. On Linux the monotonic one stands still while the machine sleeps; on Windows it goes on. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** setTimeout takes at most 2^31 - 1 ms and treats more as 1 ms. https://nodejs.org/api/timers.html */
const delayMsMax = 2 ** 31 - 1;

/** Timers for what no process is kept running for. */
export const backgroundTimers: Timers = timersThat((timeout) => timeout.unref());

/** The timers of this process. They keep it running, as long as a lease is held. */
export const systemTimers: Timers = timersThat((timeout) => timeout);

function timersThat(begin: (timeout: NodeJS.Timeout) => NodeJS.Timeout): Timers {
  return {
    after(delayMs, callback) {
      const timeout = begin(setTimeout(callback, Math.min(Math.ceil(delayMs), delayMsMax)));
      return { cancel: () => clearTimeout(timeout) };
    },
  };
}
