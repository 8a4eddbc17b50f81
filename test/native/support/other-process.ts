// Starts another process for a test and talks to it. Requests are answered one after another; there are no timeouts here,
// the test's own stands.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { OtherAnswer, OtherRequest } from "./other-process-protocol.js";

const mainFile = fileURLToPath(new URL("other-process-main.js", import.meta.url));

export interface OtherProcessOptions {
  /** Runs as this user (and group); needs root. */
  readonly userId?: number;
  /** Hard and soft limit of open files. */
  readonly descriptorsMax?: number;
  /** In a network namespace of its own, where all ports are free; see `canIsolate`. */
  readonly isolated?: boolean;
}

/** A new network namespace: needs user namespaces; unshare(1) comes with util-linux. */
const isolation = ["unshare", "--user", "--map-root-user", "--net"] as const;

/** Whether this machine allows `isolated`. */
export function canIsolate(): boolean {
  const [file, ...args] = isolation;
  return spawnSync(file, [...args, "true"]).status === 0;
}

export class OtherProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(options: OtherProcessOptions = {}): Promise<OtherProcess> {
    const { userId, descriptorsMax, isolated } = options;
    const limited = ["/bin/sh", "-c", `ulimit -n ${descriptorsMax}; exec "$@"`, "sh"];
    const command = [
      ...(isolated === true ? isolation : []),
      ...(descriptorsMax === undefined ? [] : limited),
      process.execPath,
      mainFile,
    ];
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      ...(userId === undefined ? {} : { uid: userId, gid: userId }),
    });
    const other = new OtherProcess(child);
    // It says once that it is ready.
    await other.#answer();
    return other;
  }

  get processId(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("the other process did not start");
    return pid;
  }

  /** The answer, whatever it is. */
  async ask(request: OtherRequest): Promise<OtherAnswer> {
    const answer = this.#answer();
    this.#child.send(request);
    return await answer;
  }

  /** Fails the test unless the answer is a success. */
  async tell(request: OtherRequest): Promise<Readonly<Record<string, number>>> {
    const answer = await this.ask(request);
    if (answer.ok) return answer.counts;
    throw new Error(`the other process could not ${request.do}: ${answer.code} ${answer.message}`);
  }

  /** Ends it and waits until the kernel has closed its sockets. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }

  async #answer(): Promise<OtherAnswer> {
    const stopping = new AbortController();
    try {
      const gone = once(this.#child, "exit", { signal: stopping.signal }).then(() => {
        throw new Error("the other process ended without an answer");
      });
      const message = once(this.#child, "message", { signal: stopping.signal });
      const [answer] = (await Promise.race([message, gone])) as [OtherAnswer];
      return answer;
    } finally {
      stopping.abort();
    }
  }
}
