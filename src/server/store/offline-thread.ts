// One piece of work on database files in a thread of its own, because only a thread's end surely closes a database; see
// StoreDatabase.close.

import { Worker } from "node:worker_threads";
import { failed } from "./store-error.js";

export interface OfflineWork {
  /** Beside this file. Its thread posts one message: the result. */
  readonly script: string;
  readonly input: unknown;
  /** Completes "the store in <directory> failed while ...". */
  readonly doing: string;
  readonly directory: string;
}

/** Rejects with StoreError when the thread ends without a result. */
export async function inThread<Result>({
  script,
  input,
  doing,
  directory,
}: OfflineWork): Promise<Result> {
  const worker = new Worker(new URL(script, import.meta.url), {
    name: "portlease-store-offline",
    workerData: input,
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    let answer: { readonly result: Result } | null = null;
    let cause: unknown = "its thread ended without an answer";
    worker.on("message", (result: Result) => {
      answer = { result };
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => {
      if (answer === null) reject(failed(directory, doing, cause));
      else resolve(answer.result);
    });
  });
}
