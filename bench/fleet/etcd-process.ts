// A real etcd of one member for measuring: it syncs to disk as it does by default, and its data is on the disk of the checkout.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { findEtcd } from "../../test/support/etcd-program.js";
import { freePorts } from "../../test/support/ports-below-ephemeral.js";
import { dataParent } from "../servers/data-parent.js";
import { residentBytesOf } from "./resident-bytes.js";

const startMsMax = 30_000;

/** Compaction waits until the history is gone from the disk. */
const commandTimeout = "--command-timeout=120s";

/** Far above what is written: the default of 2 GiB is too (https://etcd.io/docs/v3.5/dev-guide/limit/#storage-size-limit). */
const quotaBytes = 4 * 1024 ** 3;

export interface DatabaseSize {
  /** The file. */
  readonly totalBytes: number;
  /** What of it has something in it. */
  readonly usedBytes: number;
}

export class EtcdProcess {
  /** host:port. */
  readonly endpoint: string;
  readonly #programs: { readonly etcd: string; readonly etcdctl: string };
  readonly #directory: string;
  readonly #peerPort: number;
  #child: ChildProcess | null = null;
  readonly #leave: () => void;

  private constructor(clientPort: number, peerPort: number) {
    const programs = findEtcd();
    if (programs === null) {
      throw new Error(
        "there is no etcd here: run scripts/setup-ci, or apt-get install etcd-server etcd-client; or measure with --only core",
      );
    }
    this.#programs = programs;
    this.endpoint = `127.0.0.1:${clientPort}`;
    this.#peerPort = peerPort;
    mkdirSync(dataParent, { recursive: true });
    this.#directory = mkdtempSync(join(dataParent, "bench-etcd-"));
    // Not even a crash of the benchmark may leave anything behind.
    this.#leave = () => {
      this.#child?.kill("SIGKILL");
      rmSync(this.#directory, { recursive: true, force: true });
    };
    process.once("exit", this.#leave);
  }

  /** Resolves when it serves. */
  static async start(): Promise<EtcdProcess> {
    const [clientPort = 0, peerPort = 0] = await freePorts(2);
    const etcd = new EtcdProcess(clientPort, peerPort);
    await etcd.startAgain();
    return etcd;
  }

  get processId(): number {
    return this.#child?.pid ?? 0;
  }

  /** With the data and the ports that it had. Resolves when it serves. */
  async startAgain(): Promise<void> {
    const client = `http://${this.endpoint}`;
    const peer = `http://127.0.0.1:${this.#peerPort}`;
    const flags = [
      "--name=bench",
      `--data-dir=${join(this.#directory, "data")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=bench=${peer}`,
      `--quota-backend-bytes=${quotaBytes}`,
      "--logger=zap",
      "--log-level=error",
    ];
    // Of other variables etcd would take flags: https://etcd.io/docs/v3.5/op-guide/configuration/
    const { PATH } = process.env;
    this.#child = spawn(this.#programs.etcd, flags, { env: { PATH }, stdio: "ignore" });
    const endMs = performance.now() + startMsMax;
    while (!(await this.#serves())) {
      if (performance.now() > endMs) throw new Error("etcd did not get ready in time");
      await pause(50);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Kills it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    process.off("exit", this.#leave);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** `null` where the system does not tell (other than Linux). */
  residentBytes(): number | null {
    return residentBytesOf(this.processId);
  }

  async databaseSize(): Promise<DatabaseSize> {
    // https://etcd.io/docs/v3.5/metrics/etcd-metrics-latest.txt
    const text = await (await fetch(`http://${this.endpoint}/metrics`)).text();
    const metric = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
    return {
      totalBytes: metric("etcd_mvcc_db_total_size_in_bytes"),
      usedBytes: metric("etcd_mvcc_db_total_size_in_use_in_bytes"),
    };
  }

  /** Forgets all revisions before now, and gives what they took back to the disk. Resolves with how long each took. */
  async compact(revision: bigint): Promise<{ compactMs: number; defragmentMs: number }> {
    const compactMs = await this.#ctl("compact", "--physical", revision.toString());
    const defragmentMs = await this.#ctl("defrag");
    return { compactMs, defragmentMs };
  }

  async #ctl(...words: readonly string[]): Promise<number> {
    const startMs = performance.now();
    const args = [`--endpoints=${this.endpoint}`, commandTimeout, ...words];
    await promisify(execFile)(this.#programs.etcdctl, args, { env: { ETCDCTL_API: "3" } });
    return performance.now() - startMs;
  }

  async #serves(): Promise<boolean> {
    if (this.#child === null || this.#child.exitCode !== null) throw new Error("etcd ended");
    try {
      // https://etcd.io/docs/v3.5/op-guide/monitoring/#health-check
      const response = await fetch(`http://${this.endpoint}/health`);
      return ((await response.json()) as { readonly health?: string }).health === "true";
    } catch {
      return false;
    }
  }
}
