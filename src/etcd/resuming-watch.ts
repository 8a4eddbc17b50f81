// A watch that outlives its streams: when one breaks or falls silent, it is resumed on the next endpoint from the revision after
// the last one that was told. It ends where that cannot be, or will not help.

import { backoffMs } from "./backoff.js";
import {
  EtcdError,
  type EtcdErrorCode,
  type Watch,
  type WatchEvent,
  type WatchListener,
  type WatchRequest,
} from "./etcd.js";
import { type Answer, finalError, meaningOf, unreachable } from "./etcd-failure.js";
import type { EtcdLinks } from "./etcd-links.js";
import type { Endpoint } from "./endpoint.js";
import type { Timer, Timers } from "./timers.js";
import { WatchAttempt } from "./watch-attempt.js";
import { revisionOf } from "./wire.js";

export interface WatchMeans {
  readonly links: EtcdLinks;
  readonly timers: Timers;
  readonly random: () => number;
  readonly silenceMsMax: number;
  /** The revision that all members have agreed on; rejects with EtcdError. */
  readonly currentRevision: () => Promise<bigint>;
  /** It has ended or was cancelled. */
  readonly gone: (watch: ResumingWatch) => void;
}

export class ResumingWatch implements Watch {
  readonly #means: WatchMeans;
  readonly #listener: WatchListener;
  readonly #prefix: string;
  readonly #what: string;
  /** The first revision that was not told. */
  #next: bigint;
  /** Of the etcd that the revisions are of. */
  #clusterId: bigint | null = null;
  #failures = 0;
  /** A new token was fetched since etcd watched last. */
  #tokenIsNew = false;
  #attempt: WatchAttempt | null = null;
  #pause: Timer | null = null;
  #over = false;

  constructor(request: WatchRequest, listener: WatchListener, means: WatchMeans) {
    this.#means = means;
    this.#listener = listener;
    this.#prefix = request.prefix;
    this.#what = `to watch the keys that begin with ${request.prefix}`;
    this.#next = request.fromRevision;
  }

  start(): void {
    void this.#begin();
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#leave();
    this.#means.gone(this);
  }

  /** A no-op when it has ended. */
  end(reason: "compacted" | "failed", error: EtcdError): void {
    if (this.#over) return;
    this.cancel();
    this.#listener.ended(reason, error);
  }

  async #begin(): Promise<void> {
    this.#pause = null;
    const { links, timers, silenceMsMax } = this.#means;
    const means = { token: links.token, timers, silenceMsMax };
    const attempt = new WatchAttempt(links.current, means, (why) => this.#lost(attempt, why));
    this.#attempt = attempt;
    try {
      await attempt.open(
        { prefix: this.#prefix, revision: this.#next },
        {
          created: (revision, clusterId) => void this.#created(attempt, revision, clusterId),
          changed: (events) => this.#changed(events),
          progressed: (revision) => this.#heard(revision),
          answered: () => this.#heard(this.#next - 1n),
          broken: (answer, compacted) => this.#broken(attempt, answer, compacted),
        },
      );
    } catch (error) {
      if (this.#attempt === attempt) this.#didNotOpen(attempt, error);
    }
  }

  /**
   * A member that lags behind is at an older revision than others were; so is an etcd that has lost its data, which would have
   * us wait for revisions that never come.
   */
  async #created(attempt: WatchAttempt, revision: bigint, clusterId: bigint): Promise<void> {
    this.#tokenIsNew = false;
    const other = this.#clusterId !== null && this.#clusterId !== clusterId;
    this.#clusterId = clusterId;
    try {
      const known = this.#next - 1n;
      if (other || (revision < known && (await this.#means.currentRevision()) < known)) {
        const details = `it has not come to revision ${known}, and seems to have begun anew`;
        this.end("compacted", this.#final("compacted", attempt.endpoint, details));
      } else if (this.#attempt === attempt) this.#progressed(known);
    } catch (error) {
      this.#lost(attempt, (error as Error).message);
    }
  }

  #changed(all: readonly WatchEvent[]): void {
    // Of a member that lags behind some may be known: https://github.com/etcd-io/etcd/pull/20229
    const events = all.filter((event) => revisionOf(event) >= this.#next);
    const last = events.at(-1);
    if (last === undefined) return;
    this.#failures = 0;
    const revision = revisionOf(last);
    this.#next = revision + 1n;
    this.#listener.changed(events, revision);
  }

  /** Only now: one that breaks as soon as it has begun is not to be tried again and again without a pause. */
  #heard(revision: bigint): void {
    this.#failures = 0;
    this.#progressed(revision);
  }

  #progressed(revision: bigint): void {
    if (revision >= this.#next) this.#next = revision + 1n;
    this.#listener.progressed(this.#next - 1n);
  }

  #broken(attempt: WatchAttempt, answer: Answer, compacted: boolean): void {
    const { endpoint } = attempt;
    const meaning = compacted ? "compacted" : meaningOf(answer);
    const { details } = answer;
    switch (meaning) {
      case "compacted":
        this.end("compacted", this.#final("compacted", endpoint, details));
        return;
      case "token":
      case "denied":
        this.#withNewToken(attempt, details);
        return;
      case "refused":
        this.end("failed", this.#final("refused", endpoint, details));
        return;
      default:
        this.#lost(attempt, details);
    }
  }

  /** Some versions say of a token that is too old that there is no permission. */
  #withNewToken(attempt: WatchAttempt, details: string): void {
    if (this.#tokenIsNew || !attempt.refuseToken()) {
      this.end("failed", this.#final("denied", attempt.endpoint, details));
      return;
    }
    this.#tokenIsNew = true;
    this.#leave();
    void this.#begin();
  }

  #didNotOpen(attempt: WatchAttempt, error: unknown): void {
    if (error instanceof EtcdError) this.end("failed", error);
    // Whatever it is: nobody awaits this, and the process is not to end of it.
    else this.#lost(attempt, error instanceof Error ? error.message : String(error));
  }

  /** It is tried again after a while. */
  #lost(attempt: WatchAttempt, why: string): void {
    if (this.#attempt !== attempt) return;
    const { links, timers, random } = this.#means;
    links.passOver(attempt.endpoint);
    this.#leave();
    this.#failures += 1;
    this.#pause = timers.after(backoffMs(this.#failures, random()), () => void this.#begin());
    this.#listener.interrupted?.(unreachable(this.#what, [`${attempt.endpoint.name}: ${why}`]));
  }

  #leave(): void {
    this.#attempt?.cancel();
    this.#attempt = null;
    this.#pause?.cancel();
    this.#pause = null;
  }

  #final(code: EtcdErrorCode, { name }: Endpoint, details: string): EtcdError {
    return finalError(code, name, this.#what, details);
  }
}
