// The real broker as a process of its own: `portlease serve` on a free loopback port, ready when it says so.

import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { cliEnvironment, cliPath } from "./cli.js";
import { recordOutput } from "./test-output.js";

export interface BrokerOptions {
  readonly dataDirectory: string;
  /** The configuration file; it must exist, so that no file of this machine is read instead. */
  readonly configFile: string;
  /** Further flags of `serve`; they go before those that are always given. */
  readonly flags?: readonly string[];
  /** The main.js of another version's command line; that of this checkout unless told. */
  readonly cliPath?: string | undefined;
  /** Another Node than the one that runs the tests. */
  readonly nodePath?: string;
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
  /** A command that ends in exec and goes before the broker's, such as ["prlimit", "--fsize=1000000"]. */
  readonly wrapper?: readonly string[];
}

/** What `serve` prints on stdout when it is ready. */
export interface ReadyLine {
  readonly ready: true;
  readonly version: string;
  readonly address: string;
  readonly httpAddress: string | null;
  readonly adminTokenFile: string;
  readonly processId: number;
  readonly dataDirectory: string;
  readonly revision: number;
  readonly liveLeases: number;
  readonly blocks: readonly {
    readonly pool: string;
    readonly protocol: string;
    readonly kind: string;
    readonly firstPort: number;
    readonly lastPort: number;
  }[];
}

export interface BrokerExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The broker ended before it was ready. */
export class BrokerDidNotStart extends Error {
  readonly exit: BrokerExit;
  readonly stderr: string;

  constructor(exit: BrokerExit, stderr: string) {
    super(`the broker did not start (exit code ${exit.exitCode}, ${exit.signal}): ${stderr}`);
    this.name = "BrokerDidNotStart";
    this.exit = exit;
    this.stderr = stderr;
  }
}

export class BrokerProcess {
  readonly options: BrokerOptions;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exited: Promise<BrokerExit>;
  #ready: ReadyLine | null = null;
  #stderr = "";

  private constructor(options: BrokerOptions) {
    this.options = options;
    const [command = "", ...args] = commandOf(options);
    this.#child = spawn(command, args, {
      env: cliEnvironment(),
      stdio: ["pipe", "pipe", "pipe"],
    });
    // Asking a broker to stop that has just ended is no failure of the test.
    this.#child.stdin.on("error", () => undefined);
    recordOutput(this.#child, "broker");
    this.#child.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.#exited = exitOf(this.#child);
    killAtExit(this.#child);
  }

  /** Starts a broker without waiting until it is ready. */
  static spawn(options: BrokerOptions): BrokerProcess {
    return new BrokerProcess(options);
  }

  /** Resolves when the broker is ready. Rejects with BrokerDidNotStart when it ends before. */
  static async start(options: BrokerOptions): Promise<BrokerProcess> {
    const broker = new BrokerProcess(options);
    await broker.untilReady();
    return broker;
  }

  async untilReady(): Promise<void> {
    this.#ready = await readyLine(this.#child.stdout);
    if (this.#ready !== null) return;
    throw new BrokerDidNotStart(await this.#exited, this.#stderr);
  }

  get ready(): ReadyLine {
    if (this.#ready === null) throw new Error("the broker is not ready");
    return this.#ready;
  }

  get address(): string {
    return this.ready.address;
  }

  get adminTokenFile(): string {
    return this.ready.adminTokenFile;
  }

  get processId(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("the broker's process could not be made");
    return pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the process has ended, with all it printed read. */
  get exited(): Promise<BrokerExit> {
    return this.#exited;
  }

  /** Everything on stderr until now: the log. */
  get stderr(): string {
    return this.#stderr;
  }

  /**
   * Sends the signal and resolves when the process has ended. Resolves at once when it has ended already. On Windows, where
   * SIGTERM would end it as SIGKILL does, it is asked to stop as a service wrapper does it there.
   */
  async kill(signal: "SIGKILL" | "SIGTERM"): Promise<BrokerExit> {
    if (signal === "SIGTERM" && stopsOnStdinEnd) this.#child.stdin.end();
    else this.#child.kill(signal);
    return this.#exited;
  }
}

const stopsOnStdinEnd = process.platform === "win32";

function commandOf(options: BrokerOptions): string[] {
  const { wrapper = [], nodePath = process.execPath, nodeArguments = [], flags = [] } = options;
  const own = ["--config", options.configFile, "--data-dir", options.dataDirectory];
  const listen = flags.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const serve = ["serve", ...(stopsOnStdinEnd ? ["--stop-on-stdin-end"] : [])];
  const program = options.cliPath ?? cliPath;
  return [...wrapper, nodePath, ...nodeArguments, program, ...serve, ...flags, ...own, ...listen];
}

async function exitOf(child: ChildProcess): Promise<BrokerExit> {
  const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { exitCode, signal };
}

/** The first line; `null` when the stream ends without one. Rejects when it is not for programs. */
function readyLine(stdout: Readable): Promise<ReadyLine | null> {
  return new Promise((resolve, reject) => {
    let text = "";
    stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split("\n").find((part, index, all) => index < all.length - 1 && part);
      if (line === undefined) return;
      if (line.startsWith("{")) resolve(JSON.parse(line) as ReadyLine);
      else reject(new Error(`the broker started and said: ${line}`));
    });
    stdout.once("close", () => resolve(null));
  });
}

/** A broker must not outlive a test run that was interrupted. */
function killAtExit(child: ChildProcess): void {
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
}
