// A broker as users run it: the command `portlease serve` as a process of its own, on a fresh data directory.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pinnedCommand } from "./cores.js";

/** Compiled to .build/bench/. */
const root = fileURLToPath(new URL("../../", import.meta.url));
const cli = join(root, "dist", "clients", "cli", "main.js");

/** The data directories are here: on the disk of the checkout, because /tmp is often no disk at all. */
export const dataParent = join(root, ".build");

/**
 * All else is the default. A broker can grant at most (ports / quarantine) leases a second for long: with the default rest
 * of 5 s these ports would be used up within a second.
 */
const poolSettings = { name: "default", size: 8_192, quarantine: "100ms" } as const;

const startMsMax = 30_000;
const stopMsMax = 10_000;
const logTailLength = 4_000;

export interface BrokerProcess {
  readonly address: string;
  readonly processId: number;
  /** Ends it in order and removes its directory. Idempotent. */
  stop(): Promise<void>;
}

/** `core` is `null` for no pinning; `poolSize` is in ports. Rejects with what the broker said when it does not start. */
export async function startBrokerProcess(
  core: number | null,
  profileDirectory: string | null,
  poolSize: number = poolSettings.size,
): Promise<BrokerProcess> {
  const directory = mkdtempSync(join(dataParent, "bench-"));
  const child = spawnBroker(directory, core, profileDirectory, poolSize);
  const removeDirectory = (): void => rmSync(directory, { recursive: true, force: true });
  // Not even a crash of the benchmark may leave anything behind.
  const leave = (): void => {
    child.kill("SIGKILL");
    removeDirectory();
  };
  process.once("exit", leave);
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    await endProcess(child);
    process.off("exit", leave);
    removeDirectory();
  };
  const stopOnce = (): Promise<void> => (stopping ??= stop());
  try {
    return { address: await addressOf(child), processId: child.pid ?? 0, stop: stopOnce };
  } catch (error) {
    await stopOnce();
    throw error;
  }
}

function spawnBroker(
  directory: string,
  core: number | null,
  profileDirectory: string | null,
  poolSize: number,
): ChildProcess {
  const configFile = join(directory, "portlease.yaml");
  const config = {
    listen: "127.0.0.1:0",
    dataDirectory: join(directory, "data"),
    log: { format: "json" },
    pools: [{ ...poolSettings, size: poolSize }],
  };
  // YAML contains JSON.
  writeFileSync(configFile, JSON.stringify(config));
  const profile =
    profileDirectory === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`];
  const node = [process.execPath, ...profile, cli, "serve", "--config", configFile];
  const [program = "", ...args] = core === null ? node : pinnedCommand(core, node);
  // Settings of whoever measures must not change what is measured.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("PORTLEASE_")),
  );
  return spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Waits for the line that says that the broker is ready. */
async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null || child.stderr === null) throw new Error("the broker has no output");
  let logTail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    logTail = (logTail + text).slice(-logTailLength);
  });
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(`${why}\n${logTail}`.trimEnd()));
    const timer = setTimeout(() => failed("the broker did not get ready in time"), startMsMax);
    child.once("error", (error) => failed(`the broker could not be started: ${error.message}`));
    child.once("close", (code) => failed(`the broker ended with exit code ${code}`));
    lines.once("line", (line) => {
      clearTimeout(timer);
      const { address } = JSON.parse(line) as { readonly address: string };
      resolve(address);
    });
  });
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  await ended;
  clearTimeout(timer);
}
