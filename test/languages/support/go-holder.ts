// The Go program clients/go/internal/testholder as a process: what it says, and commands to it.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { cliEnvironment } from "../../support/cli.js";
import { eventually } from "../../support/eventually.js";
import { recordOutput } from "../../support/test-output.js";

/** One line of the holder. */
export interface HolderEvent {
  readonly event: "serving" | "state" | "done" | "closed" | "failed";
  readonly port?: number;
  readonly lease?: string;
  readonly state?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly lost?: string;
  /** By the wall clock of this host, in milliseconds. */
  readonly at: number;
}

export class GoHolder {
  readonly events: HolderEvent[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exited: Promise<unknown>;
  #stderr = "";

  constructor(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn(program, args, {
      env: cliEnvironment(environment),
      stdio: ["pipe", "pipe", "pipe"],
    });
    recordOutput(this.#child, "go-holder");
    this.#exited = once(this.#child, "close");
    // One that has ended takes no commands.
    this.#child.stdin.on("error", () => undefined);
    this.#child.stderr.on("data", (chunk: Buffer) => (this.#stderr += chunk.toString()));
    createInterface(this.#child.stdout).on("line", (line) =>
      this.events.push(JSON.parse(line) as HolderEvent),
    );
  }

  /** Resolves with the first event of this kind, also one that was before. */
  said(
    event: HolderEvent["event"],
    matches: (event: HolderEvent) => boolean = () => true,
  ): Promise<HolderEvent> {
    const what = `the Go program says "${event}"`;
    const find = () => this.events.find((one) => one.event === event && matches(one)) ?? null;
    return eventually(what, find, { withinMs: 30_000 });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Gives the port back. Resolves with the exit code and what it printed on stderr, such as a found race. */
  async release(): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
    this.#child.stdin.write("release\n");
    await this.#exited;
    return { exitCode: this.#child.exitCode, stderr: this.#stderr };
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
