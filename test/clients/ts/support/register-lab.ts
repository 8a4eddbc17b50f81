// Starts programs under `--import @portlease/client/register` against a real broker in the test's process.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliEnvironment } from "../../../support/cli.js";
import { LeaseCaller } from "../../../support/lease-caller.js";
import { repositoryRoot } from "../../../support/repository.js";
import { startTestBroker, type TestBroker } from "../../../support/running-broker.js";
import { recordOutput } from "../../../support/test-output.js";

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** What goes before the program; `[]` starts it without the hook. */
  readonly nodeArguments?: readonly string[];
}

export const withHook = ["--import", "@portlease/client/register"];

/** A started program, and everything it has printed until now. */
export class App {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;
  stdout = "";
  stderr = "";

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    this.#closed = once(child, "close");
    child.stdout.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  /** Resolves with the port that the program says it listens on. Rejects when it ends before. */
  async listening(): Promise<number> {
    return Number((await this.printed(/listening (\d+)\n/))[1]);
  }

  /** Resolves with the first match in what the program prints. Rejects when it ends without one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`ended without ${String(pattern)}:\n${this.stdout}\n${this.stderr}`);
      }
      await Promise.race([once(this.child.stdout, "data"), this.#closed]);
    }
  }

  /** Resolves with the exit code, or the signal's name. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    await this.#closed;
    return this.child.exitCode ?? this.child.signalCode;
  }

  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    return this.ended();
  }
}

export class RegisterLab {
  readonly broker: TestBroker;
  readonly caller: LeaseCaller;
  readonly #directory: string;
  readonly #apps: App[] = [];
  readonly #files = new Map<string, string>();

  private constructor(broker: TestBroker, directory: string) {
    this.broker = broker;
    this.caller = new LeaseCaller(broker.address);
    this.#directory = directory;
  }

  static async start(pool: Parameters<typeof startTestBroker>[0] = {}): Promise<RegisterLab> {
    const broker = await startTestBroker(pool);
    // Inside the checkout, so that packages are found by their names.
    const parent = join(repositoryRoot, ".build/register-apps");
    mkdirSync(parent, { recursive: true });
    return new RegisterLab(broker, mkdtempSync(join(parent, "lab-")));
  }

  /** Writes a file for the programs; returns its path. No-op where it is there: a program may be reading it. */
  file(name: string, content: string): string {
    const path = join(this.#directory, name);
    if (this.#files.get(name) !== content) writeFileSync(path, content);
    this.#files.set(name, content);
    return path;
  }

  /** Starts a program under the hook. */
  startApp(name: string, source: string, options: StartOptions = {}): App {
    const { nodeArguments = withHook, environment = {} } = options;
    return this.startProgram(name, [...nodeArguments, this.file(name, source)], environment);
  }

  /** Starts Node with these arguments and nothing else. */
  startProgram(
    name: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): App {
    const child = spawn(process.execPath, args, {
      cwd: repositoryRoot,
      env: cliEnvironment({ PORTLEASE_ADDRESS: this.broker.address, ...environment }),
    });
    recordOutput(child, `register-${name}`);
    const app = new App(child);
    this.#apps.push(app);
    return app;
  }

  /** "service port" of each live lease, by port. */
  async leases(): Promise<readonly string[]> {
    const leases = await this.caller.list();
    return leases
      .toSorted((one, other) => one.port - other.port)
      .map(({ holder, port }) => `${holder?.service ?? ""} ${port}`);
  }

  /** Ends what a failed test left running. */
  async endApps(): Promise<void> {
    await Promise.all(this.#apps.splice(0).map((app) => app.kill("SIGKILL")));
  }

  async dispose(): Promise<void> {
    await this.endApps();
    this.caller.close();
    await this.broker.dispose();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
