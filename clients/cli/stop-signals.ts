// What a signal, or the end of stdin, means to `portlease serve`: stop in an orderly way, leave at once, or nothing. The decision
// alone is here, so that it can be tested with a clock of the test; stop-wish.ts acts on it.

/**
 * The signals that serve listens to. On Windows they are Ctrl+C, Ctrl+Break (SIGBREAK) and the closing of the console (SIGHUP:
 * Windows ends the process about 10 s later); SIGTERM never comes there. https://nodejs.org/api/process.html#signal-events
 */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"] as const;
export type StopSignal = (typeof stopSignals)[number];

export type SignalVerdict =
  /** Begin an orderly stop. */
  | "stop"
  /** Leave at once: the stop takes too long for whoever asks. */
  | "leave"
  /** A repeat of the wish that began the stop. */
  | "repeat"
  /** A hangup that is no wish to stop: daemons are sent it to read their configuration again. */
  | "reload";

/** npm passes on the Ctrl+C that the terminal sent to all of the group already, so one wish arrives twice. */
const repeatWithinMs = 1_000;

export class StopSignals {
  readonly #hangupStops: boolean;
  #stopSinceMs: number | null = null;

  /** `hangupStops`: a hangup means that the terminal of this process closed. */
  constructor(hangupStops: boolean) {
    this.#hangupStops = hangupStops;
  }

  /** `nowMs` is monotonic. */
  decide(signal: StopSignal, nowMs: number): SignalVerdict {
    if (signal === "SIGHUP" && !this.#hangupStops)
      return this.#stopSinceMs === null ? "reload" : "repeat";
    if (this.#stopSinceMs === null) {
      this.#stopSinceMs = nowMs;
      return "stop";
    }
    return nowMs - this.#stopSinceMs < repeatWithinMs ? "repeat" : "leave";
  }

  /** Never a sign of impatience: whoever closes the pipe after a signal tidies up. `nowMs` is monotonic. */
  stdinEnded(nowMs: number): "stop" | "repeat" {
    if (this.#stopSinceMs !== null) return "repeat";
    this.#stopSinceMs = nowMs;
    return "stop";
  }
}
