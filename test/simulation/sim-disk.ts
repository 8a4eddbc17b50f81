// The simulated disk with the broker's store on it. What was synced survives everything. A batch on its way to the disk may be
// lost, torn or complete when its writer dies; a torn one is dropped at the next load, as the real store's log is. Records are
// encoded and decoded by the real store's code, so that what comes back is never the object that went in.

import { createHash } from "node:crypto";
import { isWanted } from "#server/domain/lease-history.js";
import type { SealedChange } from "#server/domain/records.js";
import type { CoreStore } from "#server/open-core.js";
import { encodeChange, type EncodedChange } from "#server/store/record.js";
import { decodeEntries } from "#server/store/record-decode.js";
import { failed, StoreError } from "#server/store/store-error.js";
import type { Dice } from "./dice.js";
import type { SimProcess } from "./sim-process.js";

const place = "the simulated disk";

/** Milliseconds. */
const usualLatency = { low: 0.2, high: 12 };
const slowLatency = { low: 20, high: 2_500 };

export interface DiskFaults {
  /** Nothing can be written: every commit and probe is refused, and nothing of it lands. */
  full: boolean;
  /** 0 to 1: how many commits fail; whether such a one landed cannot be told from outside. */
  failureChance: number;
  slow: boolean;
}

export interface DiskWatcher {
  /** A batch is sealed and handed over: from here on it may be on disk. */
  sealed(batch: readonly SealedChange[]): void;
  /** A batch is on disk for good. */
  landed(batch: readonly SealedChange[]): void;
}

interface Write {
  readonly batch: readonly SealedChange[];
  readonly encoded: readonly EncodedChange[];
  readonly writer: SimProcess;
}

export class SimDisk {
  readonly faults: DiskFaults = { full: false, failureChance: 0, slow: false };
  readonly #dice: Dice;
  readonly #watcher: DiskWatcher;
  readonly #secret: Uint8Array;
  readonly #entries = new Map<string, string>();
  readonly #changes: SealedChange[] = [];
  #revision = 0;
  #underWay: Write | null = null;

  constructor(dice: Dice, watcher: DiskWatcher) {
    this.#dice = dice;
    this.#watcher = watcher;
    this.#secret = createHash("sha256").update("a secret for simulations").digest();
  }

  get revision(): number {
    return this.#revision;
  }

  /** What the broker of this process sees of it. */
  openFor(broker: SimProcess): CoreStore {
    const store = new SimStore(this, broker, () => this.#latency());
    return { ...bound(store), warnings: [] };
  }

  /** A process that wrote is gone, or the power is: what was on its way may have made it, all or in part. */
  lose(writer: SimProcess): void {
    const write = this.#underWay;
    if (write === null || write.writer !== writer) return;
    this.#underWay = null;
    // One frame per change and one that completes the batch: without the last one the rest counts for nothing.
    const frames = write.batch.length + 1;
    if (this.#dice.integer(frames + 1) === frames) this.#land(write);
  }

  read(): ReturnType<typeof decodeEntries> & { revision: number; brokerSecret: Uint8Array } {
    const entries = [...this.#entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const keys = entries.map(([key]) => key);
    const values = entries.map(([, value]) => value);
    return {
      revision: this.#revision,
      brokerSecret: Uint8Array.from(this.#secret),
      ...decodeEntries(keys, values, place),
    };
  }

  changesAfter(revision: number, countMax: number): readonly SealedChange[] {
    return this.#changes.filter((change) => change.revision > revision).slice(0, countMax);
  }

  /** Begins to write. Throws for what the real store would refuse. */
  begin(batch: readonly SealedChange[], writer: SimProcess): void {
    for (const [index, { revision }] of batch.entries()) {
      if (revision === this.#revision + 1 + index) continue;
      throw failed(place, "writing", `revision ${revision} does not follow ${this.#revision}`);
    }
    const encoded = batch.map(({ change }) => encodeChange(change));
    this.#underWay = { batch, encoded, writer };
    this.#watcher.sealed(batch);
  }

  /** The outcome of what was begun. Throws StoreError; then it may have landed all the same. */
  finish(): void {
    const write = this.#underWay;
    this.#underWay = null;
    if (write === null) throw new TypeError("nothing was being written");
    if (this.faults.full) throw scripted("DISK_FULL");
    if (this.#dice.chance(this.faults.failureChance)) {
      if (this.#dice.chance(0.5)) this.#land(write);
      throw scripted("STORE_FAILED");
    }
    this.#land(write);
  }

  checkWritable(): void {
    if (this.faults.full) throw scripted("DISK_FULL");
    if (this.#dice.chance(this.faults.failureChance)) throw scripted("STORE_FAILED");
  }

  checkReadable(): void {
    if (this.#dice.chance(this.faults.failureChance)) throw scripted("STORE_FAILED");
  }

  #latency(): number {
    const { low, high } = this.faults.slow ? slowLatency : usualLatency;
    return this.#dice.skewed(low, high);
  }

  #land({ batch, encoded }: Write): void {
    for (const { key, value } of encoded.flatMap(({ writes }) => writes)) {
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
    this.#changes.push(...batch);
    this.#revision += batch.length;
    this.#watcher.landed(batch);
  }
}

/** One process's way to the disk. Each answer takes time, and never comes when the process is dead by then. */
class SimStore implements Omit<CoreStore, "warnings"> {
  readonly #disk: SimDisk;
  readonly #process: SimProcess;
  readonly #latencyMs: () => number;
  #mustLoad = true;
  #closed = false;

  constructor(disk: SimDisk, process: SimProcess, latencyMs: () => number) {
    this.#disk = disk;
    this.#process = process;
    this.#latencyMs = latencyMs;
  }

  async load(): ReturnType<CoreStore["load"]> {
    await this.#wait();
    this.#disk.checkReadable();
    this.#mustLoad = false;
    const state = this.#disk.read();
    return {
      ...state,
      past: state.revision === 0 ? "new" : "known",
      unknownSinceWallMs: null,
      warnings: [],
    };
  }

  async commit(batch: readonly SealedChange[]): Promise<void> {
    if (batch.length === 0) return;
    if (this.#closed || this.#mustLoad) throw failed(place, "writing", "it must be loaded first");
    this.#mustLoad = true;
    this.#disk.begin(batch, this.#process);
    // First the disk has it, by its own time; then the process hears of it, when it runs.
    await new Promise<void>((resolve, reject) => {
      this.#process.onDisk(this.#latencyMs(), () => {
        const outcome = attempt(() => this.#disk.finish());
        this.#process.after(this.#latencyMs() / 4, () => {
          if (outcome === null) resolve();
          else reject(outcome);
        });
      });
    });
    this.#mustLoad = false;
  }

  async probe(): Promise<void> {
    await this.#wait();
    this.#disk.checkWritable();
  }

  async readChanges(afterRevision: number, countMax: number): ReturnType<CoreStore["readChanges"]> {
    await this.#wait();
    return { baseRevision: 0, changes: this.#disk.changesAfter(afterRevision, countMax) };
  }

  async searchChanges(
    ...[search, afterRevision, countMax]: Parameters<CoreStore["searchChanges"]>
  ): ReturnType<CoreStore["searchChanges"]> {
    await this.#wait();
    const all = this.#disk.changesAfter(afterRevision, Infinity);
    const wanted = all.filter((change) => isWanted(change, search));
    const changes = wanted.slice(0, countMax);
    const complete = changes.length === wanted.length;
    const searchedTo = complete ? this.#disk.revision : (changes.at(-1)?.revision ?? 0);
    return { changes, complete, searchedTo, oldestWallMs: null };
  }

  /** Its history is never cut. */
  async retain(): Promise<void> {
    await this.#wait();
  }

  async close(): Promise<void> {
    await this.#wait();
    this.#closed = true;
  }

  #wait(): Promise<void> {
    return this.#process.sleep(this.#latencyMs());
  }
}

function bound(store: SimStore): Omit<CoreStore, "warnings"> {
  return {
    load: () => store.load(),
    commit: (batch) => store.commit(batch),
    probe: () => store.probe(),
    retain: () => store.retain(),
    close: () => store.close(),
    readChanges: (afterRevision, countMax) => store.readChanges(afterRevision, countMax),
    searchChanges: (search, afterRevision, countMax) =>
      store.searchChanges(search, afterRevision, countMax),
  };
}

function attempt(action: () => void): unknown {
  try {
    action();
    return null;
  } catch (error) {
    return error;
  }
}

function scripted(code: "DISK_FULL" | "STORE_FAILED"): StoreError {
  return new StoreError(code, `the simulated disk says ${code}`);
}
