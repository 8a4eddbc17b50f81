// What a signal means to `portlease serve`: stop in an orderly way, leave at once, or nothing. The decision alone is here,
// so that it can be tested with a clock of the test; serve.ts acts on it.

/** The signals that serve listens to. SIGBREAK is Ctrl+Break on Windows. */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"] as const;
export type StopSignal = (typeof stopSignals)[number];

export type SignalVerdict =
  /** Begin an orderly stop. */
  | "stop"
  /** Leave at once: the stop takes too long for whoever asks. */
  | "leave"
  /** A repeat of the signal that began the stop. */
  | "repeat"
  /** A hangup that is no wish to stop: daemons are sent it to reload, which this version cannot do. */
  | "hangup";

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
    if (signal === "SIGHUP" && !this.#hangupStops) return "hangup";
    if (this.#stopSinceMs === null) {
      this.#stopSinceMs = nowMs;
      return "stop";
    }
    return nowMs - this.#stopSinceMs < repeatWithinMs ? "repeat" : "leave";
  }
}
