// Runs the CLI on a pseudo-terminal of a given size, as a person has it, through script(1) of util-linux:
// https://man7.org/linux/man-pages/man1/script.1.html. Linux only.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { cliEnvironment, cliPath, finished, type CliResult } from "./cli.js";
import { recordOutput } from "./test-output.js";

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  /** Added to PATH, HOME and TERM; colours are on. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Whether there is a script(1) that can be used here. */
export function hasPseudoTerminals(): boolean {
  return process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
}

export class PseudoTerminal {
  /** Of all that was printed; stdout and stderr are the same terminal. The exit code is that of the command. */
  readonly end: Promise<CliResult>;
  readonly #child: ChildProcessWithoutNullStreams;
  #shown = "";

  private constructor(command: string, { columns, rows, environment = {} }: TerminalOptions) {
    // The size is set before anybody asks for it.
    const line = `stty cols ${columns} rows ${rows} && exec ${command}`;
    const { NO_COLOR: _none, ...plain } = cliEnvironment();
    this.#child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
      env: { ...plain, TERM: "xterm-256color", SHELL: "/bin/sh", ...environment },
      stdio: "pipe",
    });
    recordOutput(this.#child, "terminal");
    this.#child.stdout.on("data", (chunk: Buffer) => (this.#shown += chunk.toString()));
    // Typing at a terminal that has just closed is no failure of the test.
    this.#child.stdin.on("error", () => undefined);
    this.end = finished(this.#child);
  }

  /** Arguments of the CLI; none of them may have a single quote. */
  static startCli(args: readonly string[], options: TerminalOptions): PseudoTerminal {
    const words = [process.execPath, cliPath, ...args].map((word) => `'${word}'`);
    return new PseudoTerminal(words.join(" "), options);
  }

  /** A command line of sh. */
  static start(command: string, options: TerminalOptions): PseudoTerminal {
    return new PseudoTerminal(command, options);
  }

  /** Everything that was written to the terminal until now, with its control sequences. */
  get shown(): string {
    return this.#shown;
  }

  /** "\u0003" is Ctrl+C. */
  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Resolves with what was shown when that matches, from `from` on. Rejects when the program ends before. */
  until(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(this.#shown.slice(from))) return;
        this.#child.stdout.off("data", look);
        resolve(this.#shown);
      };
      this.#child.stdout.on("data", look);
      this.#child.once("close", () =>
        reject(new Error(`ended without ${String(pattern)}:\n${this.#shown}`)),
      );
      look();
    });
  }

  /** Ends what still runs, and waits for that. */
  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.end;
  }
}
