// A broker as users run it: the command `portlease serve` as a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "../../test/support/repository.js";
import { type BrokerPools, callsPools } from "./broker-pools.js";
import type { ProbeAnswer, ProbeQuestion } from "./broker-probe.js";
import { leaveNothing, stopped } from "./child-process.js";
import { pinnedCommand } from "./cores.js";
import { dataParent } from "./data-parent.js";

export const cli = join(repositoryRoot, "dist", "portlease", "main.js");
const probe = fileURLToPath(new URL("broker-probe.js", import.meta.url));

const startMsMax = 120_000;
const logTailLength = 4_000;

/** The folder of a broker, in which it can be started again. */
export class BrokerHome {
  readonly #folder: string;
  readonly #remove = (): void => rmSync(this.#folder, { recursive: true, force: true });

  constructor(pools: BrokerPools = callsPools) {
    mkdirSync(dataParent, { recursive: true });
    this.#folder = mkdtempSync(join(dataParent, "bench-"));
    const config = {
      listen: "127.0.0.1:0",
      dataDirectory: this.dataDirectory,
      log: { format: "json" },
      pools: pools.pools,
    };
    // YAML contains JSON.
    writeFileSync(this.#configFile, JSON.stringify(config));
    // Not even a crash of the benchmark may leave anything behind.
    process.once("exit", this.#remove);
  }

  get dataDirectory(): string {
    return join(this.#folder, "data");
  }

  get #configFile(): string {
    return join(this.#folder, "portlease.yaml");
  }

  /** The command with which `node`, and options of it, serve this home. */
  command(nodeOptions: readonly string[] = []): readonly string[] {
    return [process.execPath, ...nodeOptions, cli, "serve", "--config", this.#configFile];
  }

  remove(): void {
    process.off("exit", this.#remove);
    this.#remove();
  }
}

export interface BrokerOptions {
  /** `null`: no pinning. */
  readonly core: number | null;
  /** Where it writes V8 CPU profiles; `null`: none. */
  readonly profileDirectory: string | null;
  /** Whether it can be asked for its event loop and its heap. */
  readonly probed: boolean;
}

/** Rejects with what the broker said when it does not start. */
export async function startBroker(
  home: BrokerHome,
  options: BrokerOptions,
): Promise<BrokerProcess> {
  const child = spawnBroker(home, options);
  const broker = new BrokerProcess(child);
  try {
    await broker.ready();
    return broker;
  } catch (error) {
    await broker.stop();
    throw error;
  }
}

export class BrokerProcess {
  readonly #child: ChildProcess;
  readonly #stay: () => void;
  #address = "";

  /** Use `startBroker`. */
  constructor(child: ChildProcess) {
    this.#child = child;
    this.#stay = leaveNothing(child);
  }

  /** host:port. */
  get address(): string {
    return this.#address;
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits for the line that says that the broker is ready. Rejects with what it said when it does not. */
  async ready(): Promise<void> {
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error("the broker has no output");
    let logTail = "";
    stderr.setEncoding("utf8").on("data", (text: string) => {
      logTail = (logTail + text).slice(-logTailLength);
    });
    const lines = createInterface({ input: stdout });
    let timer: NodeJS.Timeout | undefined;
    const firstLine = new Promise<string>((resolve, reject) => {
      const failed = (why: string): void => reject(new Error(`${why}\n${logTail}`.trimEnd()));
      timer = setTimeout(() => failed("the broker did not get ready in time"), startMsMax);
      this.#child.once("error", ({ message }) =>
        failed(`the broker could not be started: ${message}`),
      );
      this.#child.once("close", (code) => failed(`the broker ended with exit code ${code}`));
      lines.once("line", resolve);
    });
    try {
      this.#address = (JSON.parse(await firstLine) as { readonly address: string }).address;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What happened on its loop before does not count any more. No-op for one that is not probed. */
  forgetLoop(): void {
    if (this.#child.connected) this.#child.send("forget" satisfies ProbeQuestion);
  }

  /** `null` for one that is not probed. */
  loopDelayP99Ms(): Promise<number | null> {
    return this.#ask("loop");
  }

  /** After its garbage was collected; `null` for one that is not probed. */
  heapBytes(): Promise<number | null> {
    return this.#ask("heap");
  }

  /** Idempotent. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await stopped(this.#child, signal);
    this.#stay();
  }

  async #ask(question: ProbeQuestion): Promise<number | null> {
    if (!this.#child.connected) return null;
    const answered = once(this.#child, "message") as Promise<[ProbeAnswer]>;
    this.#child.send(question);
    const [answer] = await answered;
    return answer.value;
  }
}

function spawnBroker(home: BrokerHome, options: BrokerOptions): ChildProcess {
  const { core, profileDirectory, probed } = options;
  const nodeOptions = [
    ...(probed ? ["--import", probe] : []),
    ...(profileDirectory === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`]),
  ];
  const command = home.command(nodeOptions);
  const [program = "", ...args] = core === null ? command : pinnedCommand(core, command);
  // Settings of whoever measures must not change what is measured.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("PORTLEASE_")),
  );
  const output = ["ignore", "pipe", "pipe"] as const;
  return spawn(program, args, { env, stdio: probed ? [...output, "ipc"] : [...output] });
}
