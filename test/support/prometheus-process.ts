// A Prometheus of its own, on a free port of loopback with data that goes with it, and what it says by its HTTP API.
// https://prometheus.io/docs/prometheus/latest/querying/api/

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.js";
import { recordText } from "./test-output.js";

/** It reads its data before it answers, which takes seconds on a busy machine. */
const readyWithinMs = 60_000;

export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

export interface Target {
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
}

export interface LoadedRule {
  readonly name: string;
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
}

interface Answer<Data> {
  readonly status: "success" | "error";
  readonly error?: string;
  readonly data: Data;
}

export class PrometheusProcess {
  readonly #child: ChildProcess;
  readonly #address: string;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.#address = address;
  }

  /**
   * Resolves when it answers queries: it listens before, and says "Service Unavailable" until then. `directory`: for its data.
   * Rejects when it ends before. https://prometheus.io/docs/prometheus/latest/management_api/
   */
  static async start(
    path: string,
    configFile: string,
    directory: string,
  ): Promise<PrometheusProcess> {
    const child = spawn(
      path,
      [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${directory}`,
        "--web.listen-address=127.0.0.1:0",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const address = await listeningAddress(child);
    const prometheus = new PrometheusProcess(child, address);
    try {
      await prometheus.#untilReady();
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  async alerts(): Promise<readonly ActiveAlert[]> {
    return (await this.#get<{ alerts: readonly ActiveAlert[] }>("alerts")).alerts;
  }

  async targets(): Promise<readonly Target[]> {
    return (await this.#get<{ activeTargets: readonly Target[] }>("targets")).activeTargets;
  }

  async rules(): Promise<readonly LoadedRule[]> {
    const { groups } = await this.#get<{ groups: readonly { rules: readonly LoadedRule[] }[] }>(
      "rules",
    );
    return groups.flatMap(({ rules }) => rules);
  }

  /** How many series the expression has now. Rejects with what is wrong with it. */
  async seriesCount(expression: string): Promise<number> {
    const query = new URLSearchParams({ query: expression });
    const { result } = await this.#get<{ result: readonly unknown[] }>(`query?${query.toString()}`);
    return result.length;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #untilReady(): Promise<void> {
    const ready = async (): Promise<boolean> => {
      const response = await this.#fetch("/-/ready");
      await response.arrayBuffer();
      return response.ok;
    };
    await eventually("prometheus answers queries", ready, { withinMs: readyWithinMs });
  }

  async #get<Data>(path: string): Promise<Data> {
    const response = await this.#fetch(`/api/v1/${path}`);
    // What is wrong with a query is said in JSON, what is wrong with the server is not.
    if (!(response.headers.get("content-type") ?? "").startsWith("application/json")) {
      throw new Error(`prometheus answered ${response.status}: ${await response.text()}`);
    }
    const { status, error, data } = (await response.json()) as Answer<Data>;
    if (status === "error") throw new Error(error);
    return data;
  }

  #fetch(path: string): Promise<Response> {
    return fetch(`http://${this.#address}${path}`, { headers: { connection: "close" } });
  }
}

async function listeningAddress(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new TypeError("its log is not read");
  let log = "";
  for await (const line of createInterface(child.stderr)) {
    log += `${line}\n`;
    recordText(`${line}\n`, "prometheus");
    const address = /msg="Listening on" address=(\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    return address;
  }
  throw new Error(`prometheus ended: ${log}`);
}
