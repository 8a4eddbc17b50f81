// A service of the previous version as a process, with a connection to it that was there before the upgrade.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { eventually } from "../../support/eventually.js";
import { recordOutput } from "../../support/test-output.js";
import type { ServiceReport } from "./old-service.js";

export class RunningService {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  readonly reports: ServiceReport[] = [];

  private constructor(folder: string, address: string, instance: string) {
    const program = join(folder, "old-service.js");
    copyFileSync(fileURLToPath(new URL("old-service.js", import.meta.url)), program);
    this.#child = spawn(process.execPath, [program, address, instance], { cwd: folder });
    recordOutput(this.#child, "old-service");
    createInterface(this.#child.stdout).on("line", (line) => {
      this.reports.push(JSON.parse(line) as ServiceReport);
    });
    this.#closed = once(this.#child, "close");
  }

  /** Resolves when it serves on its port. `folder` is the tree of the version that it is of. */
  static async start(folder: string, address: string, instance: string): Promise<RunningService> {
    const service = new RunningService(folder, address, instance);
    await service.#until("serving", 0);
    return service;
  }

  /** What it said first: the lease that it got. */
  get lease(): ServiceReport {
    const [first] = this.reports;
    if (first === undefined) throw new Error("the service has said nothing");
    return first;
  }

  /** A connection to its port, which stays open until somebody ends it. */
  async connect(): Promise<Socket> {
    const socket = connect(this.lease.port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  }

  /** Resolves when its lease was renewed once more than until now. */
  async untilRenewed(): Promise<void> {
    await this.#until("renewed", this.reports.length);
  }

  /** It closes its port, gives its lease back and ends. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child.stdin.end();
    await this.#closed;
    return this.#child.exitCode;
  }

  kill(): Promise<unknown> {
    this.#child.kill("SIGKILL");
    return this.#closed;
  }

  async #until(event: ServiceReport["event"], from: number): Promise<void> {
    const said = () => this.reports.slice(from).some((report) => report.event === event);
    await eventually(`the service says "${event}"`, said, { withinMs: 30_000 });
  }
}
