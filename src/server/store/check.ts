// The offline check of a data directory, behind "portlease store check". Works on a private copy of the files, because SQLite
// changes a database merely by opening and closing it; the directory itself is not modified.

import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { infoFinding } from "./check-report.js";
import type { StoreCheckReport } from "./check-report.js";
import { dataDirectoryAt } from "./data-directory.js";
import type { DataDirectory } from "./data-directory.js";
import { DirectoryLock } from "./directory-lock.js";
import { loadSqliteApi } from "./sqlite-api.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import { failed, StoreError } from "./store-error.js";

/**
 * Needs as much space for temporary files as the store has. Damage is told in the report; rejects with StoreError only when
 * the check itself cannot be made.
 */
export async function checkStore(dataDirectory: string): Promise<StoreCheckReport> {
  const directory = dataDirectoryAt(dataDirectory);
  const files = [directory.databasePath, directory.walPath, directory.watermarkPath];
  if (!files.some((path) => existsSync(path))) return absent(directory);
  try {
    const lock = await lockIfAny(directory);
    try {
      return await checkCopy(directory);
    } finally {
      lock?.release();
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === "DATA_DIRECTORY_IN_USE") {
      return inUse(directory, error.message);
    }
    throw storeErrorFrom(error, directory.path, "being checked");
  }
}

/** A directory without a lock file has no broker; making one would modify it. */
async function lockIfAny(directory: DataDirectory): Promise<DirectoryLock | null> {
  if (!existsSync(directory.lockPath)) return null;
  return DirectoryLock.take(await loadSqliteApi(), directory);
}

async function checkCopy(directory: DataDirectory): Promise<StoreCheckReport> {
  // Readable by this user only: the copy holds the broker's secret.
  const copy = dataDirectoryAt(mkdtempSync(join(tmpdir(), "portlease-check-")));
  try {
    for (const name of ["databasePath", "walPath", "watermarkPath"] as const) {
      if (existsSync(directory[name])) copyFileSync(directory[name], copy[name]);
    }
    const report = await checkInThread(copy);
    const findings = report.findings.map((finding) => ({
      ...finding,
      message: finding.message.replaceAll(copy.path, directory.path),
    }));
    return { ...report, dataDirectory: directory.path, findings };
  } finally {
    rmSync(copy.path, { recursive: true, force: true });
  }
}

/** In a thread, because only its end surely closes the database; see StoreDatabase.close. */
async function checkInThread(copy: DataDirectory): Promise<StoreCheckReport> {
  const worker = new Worker(new URL("./check-worker.js", import.meta.url), {
    name: "portlease-store-check",
    workerData: copy.path,
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    let report: StoreCheckReport | null = null;
    let cause: unknown = "its thread ended without an answer";
    worker.on("message", (message: StoreCheckReport) => {
      report = message;
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      if (report === null) reject(failed(copy.path, "being checked", cause));
      else resolve(report);
    });
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
