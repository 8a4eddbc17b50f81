// The thread of the offline check: looks at a copy of a store that nobody else uses and lists everything that is wrong with it,
// with the same code that refuses a start.

import { parentPort, workerData } from "node:worker_threads";
import { damageFinding, infoFinding, warningFinding } from "./check-report.js";
import type { StoreCheckReport, StoreFinding, StoreSummary, StoreVerdict } from "./check-report.js";
import { dataDirectoryAt } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { recordVersion } from "./record.js";
import { addEntry, newestVersion, noEntries } from "./record-decode.js";
import { configure, formatVersion, isBlank, newerFormat } from "./schema.js";
import { loadSqliteApi } from "./sqlite-api.js";
import type { SqliteDatabase } from "./sqlite-api.js";
import { unreadable } from "./sqlite-failure.js";
import { recordTooNew, tooNew } from "./store-error.js";
import { checkStoreFiles } from "./store-files.js";
import type { StoreFiles } from "./store-files.js";
import { verifyStore } from "./verify.js";
import type { DamageReport, VerifiedStore } from "./verify.js";
import { judgeWatermark } from "./watermark-verdict.js";

const directory = dataDirectoryAt(workerData as string);
const findings: StoreFinding[] = [];
const report: DamageReport = (part, message) => {
  findings.push(damageFinding(part, message, soundOrDamaged() === "sound"));
};

function reportOf(verdict: StoreVerdict, summary: StoreSummary | null): StoreCheckReport {
  return { dataDirectory: directory.path, verdict, findings, summary };
}

function checkOpen(database: SqliteDatabase, files: StoreFiles): StoreCheckReport {
  configure(database);
  if (attempt(() => files.watermark.state === "missing" && isBlank(database)) === true) {
    const meaning = "a broker was stopped while it made the directory; nothing was in it";
    findings.push(infoFinding("the database is empty", meaning, null));
    return reportOf(soundOrDamaged(), null);
  }
  const format = attempt(() => newerFormat(database)) ?? null;
  if (format !== null) {
    const { message } = tooNew(directory.path, format, formatVersion);
    return tooNewReport(message);
  }
  const verified = verifyStore(database, report);
  const version = newestVersion(verified?.values ?? []);
  if (version > recordVersion) {
    const { message } = recordTooNew(directory.path, version, recordVersion);
    return tooNewReport(message);
  }
  if (verified !== null) addWatermarkFindings(database, verified, files);
  const summary = verified === null ? null : summaryOf(verified);
  return reportOf(soundOrDamaged(), summary);
}

function tooNewReport(message: string): StoreCheckReport {
  findings.push(infoFinding(message, "nothing was checked", null));
  return reportOf("too-new", null);
}

function soundOrDamaged(): StoreVerdict {
  return findings.some(({ severity }) => severity === "damage") ? "damaged" : "sound";
}

/** `undefined` when it cannot be read; the verification then tells why. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    unreadable(error);
    return undefined;
  }
}

function addWatermarkFindings(
  database: SqliteDatabase,
  { head }: VerifiedStore,
  { watermark, doubtfulEnd }: StoreFiles,
): void {
  try {
    const { damage, warning } = judgeWatermark(watermark, database, head, doubtfulEnd);
    const part = watermark.state === "replacing" ? "replacement" : "watermark";
    if (damage !== null) report(part, damage);
    if (warning !== null) findings.push(warningFinding(warning));
  } catch (error) {
    report("history", unreadable(error));
  }
}

function summaryOf({ head, keys, values }: VerifiedStore): StoreSummary {
  const entries = noEntries();
  for (const [index, key] of keys.entries()) {
    const wrong = addEntry(entries, key, values[index] ?? "");
    if (wrong !== null) report("entries", wrong);
  }
  return {
    revision: head.revision,
    baseRevision: head.baseRevision,
    leaseCount: entries.leases.length,
    endedCount: entries.ended.length,
    blockCount: entries.blocks.length,
    adjustmentCount: entries.adjustments.length,
  };
}

async function checkDirectory(copy: DataDirectory): Promise<StoreCheckReport> {
  const files = checkStoreFiles(copy, report);
  const api = await loadSqliteApi();
  const database = api.open(copy.databasePath);
  try {
    return checkOpen(database, files);
  } catch (error) {
    report("pages", unreadable(error));
    return reportOf(soundOrDamaged(), null);
  } finally {
    database.close();
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(await checkDirectory(directory));
