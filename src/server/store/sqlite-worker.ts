// The thread that owns the database: takes one request after the other, in order, and answers each. SQLite blocks while it
// waits for the disk; here nobody else waits with it.

import { parentPort, workerData } from "node:worker_threads";
import { dataDirectoryAt } from "./data-directory.js";
import { loadSqliteApi } from "./sqlite-api.js";
import { storeErrorFrom } from "./sqlite-failure.js";
import { StoreDatabase } from "./store-database.js";
import type { WorkerReply, WorkerRequest, WorkerSettings } from "./worker-messages.js";

const settings = workerData as WorkerSettings;
const directory = dataDirectoryAt(settings.dataDirectory);
const database = new StoreDatabase(await loadSqliteApi(), directory, settings.retention);

/** Begins anew with each request. */
const quiet = setTimeout(() => database.checkpointWhenQuiet(), settings.quietMs);

function answer(request: WorkerRequest): unknown {
  switch (request.kind) {
    case "load":
      return database.load(request.nowWallMs);
    case "commit":
      return database.commit(request.batch);
    case "read-changes":
      return database.readChanges(request.afterRevision, request.countMax);
    case "search-changes":
      return database.searchChanges(request.search, request.afterRevision, request.countMax);
    case "retain":
      return database.retain(request.retention);
    case "close":
      return database.close();
  }
}

function reply(message: WorkerReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(message);
}

parentPort?.on("message", (request: WorkerRequest) => {
  try {
    reply({ ok: true, result: answer(request) });
  } catch (error) {
    // An error object would arrive without its code.
    const { code, message } = storeErrorFrom(error, directory.path, "answering");
    reply({ ok: false, code, message });
  }
  // After the answer, so that nobody waits for it; the next commit may.
  database.checkpointIfDue();
  quiet.refresh();
  if (request.kind !== "close") return;
  clearTimeout(quiet);
  parentPort?.close();
});
