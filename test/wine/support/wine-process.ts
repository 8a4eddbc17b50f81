// A program of Windows Node in the lab, started from Linux: what it prints, how it ends.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { eventually } from "../../support/eventually.js";
import { recordOutput } from "../../support/test-output.js";
import { isProcessWith, processesWith } from "./marked-processes.js";
import { wineEnvironment, wineLab, windowsPath } from "./wine-lab.js";

export interface WineProcessOptions {
  /** Arguments of Node: a script of the app tree such as "dist/portlease/main.js", and what follows. */
  readonly args: readonly string[];
  /** Windows Node's major version; 20 unless told. */
  readonly nodeMajor?: 20 | 22;
  /** Such as `PortPool.environment`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Its output is kept under this name, and searched for secrets after the run. */
  readonly name: string;
  /** "stderr" where the answer on stdout contains a secret by design. */
  readonly record?: "both" | "stderr";
}

export interface WineExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Every process below gets this variable, by which its remains are found. */
const markVariable = "PORTLEASE_TEST_MARK";

export class WineProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #mark = randomUUID();
  readonly #exited: Promise<WineExit>;
  readonly #lines: string[] = [];
  readonly #waiting: (() => void)[] = [];
  #partial = "";
  #stdout = "";
  #stderr = "";
  #ended = false;

  constructor({ args, nodeMajor = 20, environment = {}, name, record }: WineProcessOptions) {
    const lab = wineLab();
    const node = lab.nodes[nodeMajor];
    if (node === undefined) throw new Error(`the lab has no Windows Node ${nodeMajor}`);
    this.#child = spawn("wine", [lab.winerun, windowsPath(node), ...args], {
      cwd: lab.app,
      env: wineEnvironment({ ...environment, [markVariable]: this.#mark }),
      stdio: ["pipe", "pipe", "pipe"],
    });
    recordOutput(this.#child, name, record);
    // Writing to a program that has just ended is no failure of the test.
    this.#child.stdin.on("error", () => undefined);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#exited = this.#untilClosed();
    const kill = (): void => void this.#child.kill("SIGKILL");
    process.once("exit", kill);
    this.#child.once("exit", () => process.off("exit", kill));
  }

  /** Runs a program to its end, with `input` on stdin. */
  static async run(options: WineProcessOptions & { readonly input?: string }): Promise<WineExit> {
    const started = new WineProcess(options);
    started.#child.stdin.end(options.input ?? "");
    return started.exited;
  }

  /** Resolves when the program has ended, with all it printed. */
  get exited(): Promise<WineExit> {
    return this.#exited;
  }

  get running(): boolean {
    return !this.#ended;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Takes the next line of stdout, waiting for it; `null` after the end. One caller at a time. */
  async nextLine(): Promise<string | null> {
    while (this.#lines.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#lines.shift() ?? null;
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Ends stdin, which asks the program to stop, and waits for its end. */
  async stop(): Promise<WineExit> {
    this.#child.stdin.end();
    return this.exited;
  }

  /**
   * Ends the Windows process at once, as the task manager would: it runs no more code. Resolves when it and everything that it
   * started are gone, so that their sockets are closed. Harmless after the end.
   */
  async kill(): Promise<void> {
    const processIds = processesWith(markVariable, this.#mark);
    this.#child.kill("SIGKILL");
    await this.#exited;
    await eventually("the end of the Windows process", () => {
      return !processIds.some((processId) => isProcessWith(processId, markVariable, this.#mark));
    });
  }

  #read(text: string): void {
    this.#stdout += text;
    const parts = (this.#partial + text).split(/\r?\n/);
    this.#partial = parts.pop() ?? "";
    this.#lines.push(...parts);
    this.#wake();
  }

  async #untilClosed(): Promise<WineExit> {
    const [exitCode, signal] = (await once(this.#child, "close")) as [
      number | null,
      NodeJS.Signals | null,
    ];
    this.#ended = true;
    this.#wake();
    return { exitCode, signal, stdout: this.#stdout, stderr: this.#stderr };
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
