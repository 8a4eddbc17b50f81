// The store: how fast it commits, how large it is, how far back its history goes.

import { stat } from "node:fs/promises";
import type { Broker } from "../domain/broker.js";
import type { ChangeSearch, LeaseHistory } from "../domain/lease-history.js";
import type { MetricRegistry, Sample } from "./metric-registry.js";

export interface StoreSource {
  readonly broker: Pick<Broker, "counters" | "revision" | "readOnlyReason">;
  readonly history: Pick<LeaseHistory, "searchChanges">;
  /** Path by what the file is. */
  readonly storeFiles: Readonly<Record<string, string>>;
}

export function addStoreMetrics(registry: MetricRegistry, source: StoreSource): void {
  const { broker } = source;
  const { commits } = broker.counters;
  registry.durations(
    "portlease_store_commit_seconds",
    "Seconds that a commit took until it was on disk. Grants and ends that come together share one.",
    [],
    () => [{ labels: {}, durations: commits.duration }],
  );
  registry.total(
    "portlease_store_changes_total",
    "Changes that commits wrote; divided by the commits, the mean size of a batch.",
    () => commits.changes,
  );
  registry.total(
    "portlease_store_commit_failures_total",
    "Commits that failed, each of which made the broker read-only.",
    () => commits.failures,
  );
  registry.gauge(
    "portlease_store_bytes",
    "Bytes of the store's files: the database, and the log that is put into it from time to time.",
    ["file"],
    () => fileSizes(source.storeFiles),
  );
  registry.level(
    "portlease_revision",
    "Revision of the last change that is on disk. It never falls, over restarts neither.",
    () => broker.revision,
  );
  registry.level(
    "portlease_read_only",
    "1 while the store cannot write, so that leases are renewed and none is granted; else 0.",
    () => (broker.readOnlyReason === null ? 0 : 1),
  );
  registry.level(
    "portlease_history_known_since_timestamp_seconds",
    "Time of the oldest change of the history, in seconds since 1970. Not there while the history is empty or cannot be read.",
    () => knownSince(source),
  );
}

const everything: ChangeSearch = {
  port: null,
  leaseId: null,
  service: null,
  fromWallMs: null,
  toWallMs: null,
};

async function knownSince({ broker, history }: StoreSource): Promise<number | null> {
  try {
    // From the end on: there is nothing to look through, and the answer tells where the history begins.
    const { oldestWallMs } = await history.searchChanges(everything, broker.revision, 1);
    return oldestWallMs === null ? null : oldestWallMs / 1_000;
  } catch {
    // Said by portlease_read_only, and in the log.
    return null;
  }
}

async function fileSizes(files: Readonly<Record<string, string>>): Promise<readonly Sample[]> {
  const sizes = await Promise.all(
    Object.entries(files).map(async ([file, path]) => {
      // The log is not always there.
      const value = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      return { labels: { file }, value };
    }),
  );
  return sizes;
}
