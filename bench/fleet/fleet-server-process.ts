// A fleet server as users run it: the command `portlease fleet` as a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { GetFleetResponse } from "@portlease/proto/portlease/v1/fleet_service.js";
import { dataParent } from "../servers/data-parent.js";
import { residentBytesOf } from "./resident-bytes.js";

/** Compiled to .build/bench/fleet/. */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const cli = join(root, "dist", "portlease", "main.js");

const knowsMsMax = 300_000;
const stopMsMax = 10_000;

/** The JSON of GetFleetResponse, as far as it is read. Numbers that are 0 are left out. */
type Fleet = Partial<Pick<GetFleetResponse, "hosts" | "hostsHeardFrom" | "leases">>;

export class FleetServerProcess {
  /** host:port of gRPC. */
  readonly address: string;
  readonly #httpAddress: string;
  readonly #child: ChildProcess;
  readonly #leave: () => void;

  private constructor(child: ChildProcess, ready: Ready, leave: () => void) {
    this.#child = child;
    this.address = ready.address;
    this.#httpAddress = ready.httpAddress;
    this.#leave = leave;
  }

  /** Resolves when it listens; it knows nothing of the fleet then. */
  static async start(etcdEndpoint: string): Promise<FleetServerProcess> {
    const directory = mkdtempSync(join(dataParent, "bench-fleet-"));
    const where = ["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"];
    const from = ["--etcd", `etcd://${etcdEndpoint}`, "--data-dir", directory];
    // Settings of whoever measures must not change what is measured.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("PORTLEASE_")),
    );
    const args = [cli, "fleet", ...where, ...from, "--log-format", "json", "--log-level", "error"];
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    // Not even a crash of the benchmark may leave anything behind.
    const leave = (): void => {
      child.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    };
    process.once("exit", leave);
    return new FleetServerProcess(child, await readyLine(child), leave);
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when it knows so many leases, and hears so many hosts. */
  async knows(leases: number, hostsHeardFrom: number): Promise<void> {
    const endMs = performance.now() + knowsMsMax;
    for (;;) {
      const fleet = await this.fleet();
      if (fleet.leases === leases && (fleet.hostsHeardFrom ?? 0) >= hostsHeardFrom) return;
      if (performance.now() > endMs) {
        throw new Error(
          `the fleet server knows ${fleet.leases ?? 0} leases, and etcd has ${leases}`,
        );
      }
      await pause(20);
    }
  }

  async fleet(): Promise<Fleet> {
    const url = `http://${this.#httpAddress}/portlease.v1.FleetService/GetFleet`;
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: "{}" });
    if (!response.ok) throw new Error(`GetFleet: ${response.status} ${await response.text()}`);
    return (await response.json()) as Fleet;
  }

  /** `null` where the system does not tell (other than Linux). */
  residentBytes(): number | null {
    return residentBytesOf(this.processId);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), stopMsMax);
      await exited;
      clearTimeout(timer);
    }
    process.off("exit", this.#leave);
    this.#leave();
  }
}

interface Ready {
  readonly address: string;
  readonly httpAddress: string;
}

async function readyLine(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error("the fleet server has no output");
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the fleet server ended with exit code ${String(code)}`);
  });
  ended.catch(() => undefined);
  const [line] = (await Promise.race([once(lines, "line"), ended])) as [string];
  return JSON.parse(line) as Ready;
}
