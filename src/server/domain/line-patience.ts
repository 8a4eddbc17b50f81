// How long the requests behind one for a run may take what that run cannot use yet. Counts, and keeps time; who is in line is
// the line's business.
//
// A run of ports needs neighbours that are free at the same time. While everything that comes free goes to requests for one
// port, that moment may never come: so after `passedMax` of them the line is closed behind the run, and what comes free stays
// free. But one request for a run must not stop the pool either, for its neighbours may be leased for days: so it is closed for
// `closedMs`, then open for another `passedMax` grants, and so on. A run thus has stretches in which the pool only empties, and
// nobody is held up by runs for longer than `closedMs` at a time. To set ports aside for a run instead would need to know which
// leases end first, and nobody does.

/** So many grants may pass a run in line before the line is closed behind it. */
const passedMax = 16;
/** For so long. A third of the usual TTL: leases whose holders went away come free within a few such stretches. */
const closedMs = 10_000;

export class LinePatience {
  #run: object | null = null;
  #passed = 0;
  #closedUntilMs: number | null = null;

  /** The run behind which nobody is served now, and until when; `null` while the line is open. */
  closing(nowMs: number): { readonly run: object; readonly untilMs: number } | null {
    if (this.#run === null || this.#closedUntilMs === null) return null;
    if (this.#closedUntilMs > nowMs) return { run: this.#run, untilMs: this.#closedUntilMs };
    this.#closedUntilMs = null;
    this.#passed = 0;
    return null;
  }

  /** When the line opens; `null` while it is open. */
  get closedUntilMs(): number | null {
    return this.#closedUntilMs;
  }

  /** Somebody was served before `run`, the first one in line, who came earlier. */
  passed(run: object, nowMs: number): void {
    if (this.#run !== run) this.forget();
    this.#run = run;
    this.#passed += 1;
    if (this.#passed >= passedMax) this.#closedUntilMs ??= nowMs + closedMs;
  }

  /** The run is not in line any more. */
  left(run: object): void {
    if (this.#run === run) this.forget();
  }

  forget(): void {
    this.#run = null;
    this.#passed = 0;
    this.#closedUntilMs = null;
  }
}
