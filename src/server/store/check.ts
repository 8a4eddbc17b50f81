// The offline check of a data directory, behind "portlease store check". Works on a private copy of the files, because SQLite
// changes a database merely by opening and closing it; the directory itself is not modified.

import { infoFinding } from "./check-report.js";
import type { StoreCheckReport } from "./check-report.js";
import { dataDirectoryAt } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { hasStore, whileLocked, withCopy } from "./offline-copy.js";
import { inThread } from "./offline-thread.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import { StoreError } from "./store-error.js";

/**
 * Needs as much space for temporary files as the store has. Damage is told in the report; rejects with StoreError only when
 * the check itself cannot be made.
 */
export async function checkStore(dataDirectory: string): Promise<StoreCheckReport> {
  const directory = dataDirectoryAt(dataDirectory);
  if (!hasStore(directory)) return absent(directory);
  try {
    return await whileLocked(directory, () => checkCopy(directory));
  } catch (error) {
    if (error instanceof StoreError && error.code === "DATA_DIRECTORY_IN_USE") {
      return inUse(directory, error.message);
    }
    throw storeErrorFrom(error, directory.path, "being checked");
  }
}

async function checkCopy(directory: DataDirectory): Promise<StoreCheckReport> {
  return withCopy(directory, async (copy) => {
    const report = await inThread<StoreCheckReport>({
      script: "./check-worker.js",
      input: copy.path,
      doing: "being checked",
      directory: directory.path,
    });
    const findings = report.findings.map((finding) => ({
      ...finding,
      message: finding.message.replaceAll(copy.path, directory.path),
    }));
    return { ...report, dataDirectory: directory.path, findings };
  });
}

function absent(directory: DataDirectory): StoreCheckReport {
  const finding = infoFinding(
    `there is no store in ${directory.path}`,
    "no broker has used this directory yet",
    "name the directory that the broker was started with, as --data-dir",
  );
  return {
    dataDirectory: directory.path,
    verdict: "absent",
    findings: [finding],
    summary: null,
  };
}

function inUse(directory: DataDirectory, message: string): StoreCheckReport {
  const finding = infoFinding(
    message,
    "its files change while they would be read, so nothing was checked",
    "stop the broker and check again",
  );
  return {
    dataDirectory: directory.path,
    verdict: "in-use",
    findings: [finding],
    summary: null,
  };
}
