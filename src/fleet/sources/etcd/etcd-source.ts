// The etcd to which brokers publish, as a source: reads everything once, then follows the changes; goes on where it was when etcd
// was away, and reads everything anew where that is not possible. While etcd is away the sink keeps what it knows.

import { type Etcd, EtcdError, type KeyValue, type WatchEvent } from "../../../etcd/etcd.js";
import type { Log } from "../../../server/log.js";
import { SeldomWarning } from "../../../server/seldom-warning.js";
import { FleetKeys } from "../../records/fleet-keys.js";
import type { FleetSink } from "../../view/fleet-sink.js";
import {
  type FleetSource,
  FleetSourceError,
  type ForgottenHost,
  type SourceStats,
} from "../fleet-source.js";
import { type Pacing, systemPacing } from "../pacing.js";
import { RetryPauses } from "../retry-pauses.js";
import { SourceCounters } from "../source-counters.js";
import { UnreadableEntries } from "../unreadable-entries.js";
import { EtcdEntries, type PutTarget } from "./etcd-entries.js";
import { HistoryMark } from "./history-mark.js";
import { HostRemoval } from "./host-removal.js";
import { KnownHosts } from "./known-hosts.js";
import { readEverything } from "./read-everything.js";
import { ReadingAnew } from "./reading-anew.js";
import { Retention } from "./retention.js";

export interface EtcdSourceOptions {
  /** Its owner closes it, after the source. */
  readonly etcd: Etcd;
  /** Begins and ends with a slash. */
  readonly prefix: string;
  /** For people, without secrets. */
  readonly addresses: readonly string[];
  readonly sink: FleetSink;
  readonly log: Log;
  /** Hosts that were not heard from for longer are removed; `null`: none are. */
  readonly retentionMs: number | null;
  readonly pacing?: Pacing;
}

/** How a watch ended that nothing is wrong with. */
type WatchEnd = "compacted" | "read-anew" | "other-history" | "closed";

export class EtcdSource implements FleetSource {
  readonly kind = "etcd";
  readonly addresses: readonly string[];
  readonly #etcd: Etcd;
  readonly #keys: FleetKeys;
  readonly #sink: FleetSink;
  readonly #log: Log;
  readonly #pacing: Pacing;
  readonly #counters: SourceCounters;
  readonly #unreadable: UnreadableEntries;
  readonly #hosts = new KnownHosts();
  readonly #entries: EtcdEntries;
  readonly #mark: HistoryMark;
  readonly #removal: HostRemoval;
  readonly #retention: Retention | null;
  readonly #pauses: RetryPauses;
  readonly #anew = new ReadingAnew();
  readonly #closing = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  /** `null`: not known yet. */
  #connected: boolean | null = null;
  /** The revision to watch from; `null`: everything must be read anew. */
  #nextRevision: bigint | null = null;

  constructor({ etcd, prefix, addresses, sink, log, retentionMs, ...options }: EtcdSourceOptions) {
    this.addresses = addresses;
    this.#etcd = etcd;
    this.#keys = new FleetKeys(prefix);
    this.#sink = sink;
    this.#log = log;
    this.#pacing = options.pacing ?? systemPacing;
    this.#counters = new SourceCounters(this.#pacing.clock);
    const warning = new SeldomWarning("entries in etcd cannot be understood and are skipped", log);
    this.#unreadable = new UnreadableEntries(sink, warning);
    this.#entries = new EtcdEntries(this.#keys, this.#unreadable, this.#hosts);
    this.#mark = new HistoryMark(etcd);
    this.#removal = new HostRemoval(etcd, this.#keys);
    const world = { etcd, keys: this.#keys, removal: this.#removal, pacing: this.#pacing, log };
    this.#retention = retentionMs === null ? null : new Retention(world, retentionMs);
    this.#pauses = new RetryPauses(() => this.#pacing.random());
  }

  start(): void {
    const { signal } = this.#closing;
    const retiring = this.#retention?.run(signal, () => (this.#counters.retired += 1));
    this.#running = Promise.all([this.#run(signal), retiring]);
  }

  get stats(): SourceStats {
    this.#counters.unreadable = this.#unreadable.count;
    return this.#counters;
  }

  async forgetHost(hostId: string): Promise<ForgottenHost> {
    if (this.#closing.signal.aborted) throw closed();
    const forgotten = await this.#removal.forget(hostId);
    this.#log.info("a host was forgotten", { host: hostId, count: forgotten.forgottenLeases });
    return forgotten;
  }

  async close(): Promise<void> {
    this.#closing.abort(closed());
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#nextRevision ??= await this.#readEverything(signal);
        const end = await this.#follow(this.#nextRevision, signal);
        if (end === "closed") return;
        this.#nextRevision = null;
        if (end === "compacted") this.#counters.compactions += 1;
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
      }
      await this.#pacing.pause(this.#pauses.nextMs(), signal);
    }
  }

  /** Resolves with the revision to watch from. */
  async #readEverything(signal: AbortSignal): Promise<bigint> {
    this.#mark.clear();
    this.#hosts.clear();
    this.#unreadable.beginPass();
    const snapshot = this.#sink.beginSnapshot(null);
    try {
      const revision = await readEverything(
        this.#etcd,
        this.#keys,
        { clock: this.#pacing.clock, signal },
        {
          entry: (entry) => {
            // All count as new, since what is known of hosts was cleared.
            this.#put(entry, true, snapshot);
          },
          heard: () => this.#heard(),
        },
      );
      snapshot.end();
      this.#unreadable.endPass();
      this.#anew.done(this.#pacing.clock.monotonicMs());
      this.#counters.snapshots += 1;
      this.#isBack();
      return revision + 1n;
    } catch (error) {
      snapshot.abandon();
      if (isCompacted(error)) this.#counters.compactions += 1;
      throw error;
    }
  }

  /** Resolves when it has to begin anew, or was closed; rejects with EtcdError. */
  #follow(fromRevision: bigint, signal: AbortSignal): Promise<WatchEnd> {
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const closing = (): void => end("closed");
      const isOver = (): void => {
        signal.removeEventListener("abort", closing);
        over.abort();
      };
      const end = (how: WatchEnd): void => {
        isOver();
        watch.cancel();
        resolve(how);
      };
      const readAnew = async (): Promise<void> => {
        const waitMs = this.#anew.waitMs(this.#pacing.clock.monotonicMs());
        await this.#pacing.pause(waitMs, over.signal);
        if (!over.signal.aborted) end("read-anew");
      };
      const back = (): void => {
        if (!this.#isBack()) return;
        this.#counters.resumes += 1;
        // Where that cannot be told since it went away again, it will be asked again.
        const verdict = this.#mark.verdict().catch(() => "same" as const);
        void verdict.then((history) => {
          if (history !== "same") end(history === "other" ? "other-history" : history);
        });
      };
      const watch = this.#etcd.watch(
        { prefix: this.#keys.prefix, fromRevision },
        {
          changed: (events, revision) => {
            back();
            this.#nextRevision = revision + 1n;
            this.#counters.events += events.length;
            if (!this.#apply(events) && this.#wantReadingAnew()) void readAnew();
          },
          progressed: (revision) => {
            back();
            this.#nextRevision = revision + 1n;
          },
          interrupted: (error) => this.#failed(error),
          ended: (reason, error) => {
            isOver();
            if (reason === "compacted") resolve(reason);
            else reject(error);
          },
        },
      );
      signal.addEventListener("abort", closing, { once: true });
      // The watch before this one ended while it waited for that.
      if (this.#anew.wanted) void readAnew();
    });
  }

  /** False: what the sink knows must be told anew. */
  #apply(events: readonly WatchEvent[]): boolean {
    let isTold = true;
    for (const event of events) {
      if (event.type === "put") {
        const { entry } = event;
        this.#put(entry, entry.createRevision === entry.modRevision, this.#sink);
      } else if (!this.#entries.delete(event.key, this.#sink)) {
        isTold = false;
      }
    }
    return isTold && !this.#unreadable.outdated;
  }

  /** False: it is wanted already. */
  #wantReadingAnew(): boolean {
    if (!this.#anew.want()) return false;
    this.#log.info("what was deleted can be told only by reading everything anew");
    return true;
  }

  #put(entry: KeyValue, isNew: boolean, target: PutTarget): void {
    // Keys of strangers may be no text, and then cannot be asked for again.
    if (this.#entries.put(entry, isNew, target)) this.#mark.sawPut(entry);
  }

  #heard(): void {
    this.#counters.heard();
    this.#sink.heard();
  }

  /** etcd answers, and what the sink knows is of now. Whether it was away before. */
  #isBack(): boolean {
    this.#pauses.worked();
    this.#heard();
    if (this.#connected === true) return false;
    const wasAway = this.#connected === false;
    this.#log.info("etcd is heard", { address: this.addresses.join(",") });
    this.#connected = true;
    this.#sink.setSource({ connected: true, detail: "" });
    return wasAway;
  }

  /** Said once, until it works again: each further try counts, and its detail is told. */
  #failed(error: unknown): void {
    this.#counters.failures += 1;
    const detail = error instanceof Error ? error.message : String(error);
    if (!(error instanceof EtcdError)) this.#log.error("following etcd failed", { error });
    else if (this.#connected !== false) {
      this.#log.warn("etcd is not heard", { code: error.code, reason: detail });
    }
    this.#connected = false;
    this.#sink.setSource({ connected: false, detail });
  }
}

function isCompacted(error: unknown): boolean {
  return error instanceof EtcdError && error.code === "compacted";
}

function closed(): FleetSourceError {
  return new FleetSourceError("CLOSED", "the fleet server stops; ask it again when it is back");
}
