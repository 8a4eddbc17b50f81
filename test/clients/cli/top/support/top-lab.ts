// `portlease top` on a pseudo-terminal, below a shell that says how the terminal was before and after.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cliPath } from "../../../../support/cli.js";
import type { BrokerProcess } from "../../../../support/broker-process.js";
import { PseudoTerminal } from "../../../../support/pseudo-terminal.js";
import { type ScreenSize, TerminalScreen } from "../../../../support/terminal-screen.js";

export interface TopStart extends ScreenSize {
  /** An empty folder. */
  readonly folder: string;
  readonly broker: BrokerProcess;
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Commands of the shell between the end (or stop) of top and the second look at the terminal. */
  readonly afterwards?: string;
}

export class TopOnTerminal {
  readonly terminal: PseudoTerminal;
  readonly screen: TerminalScreen;
  readonly #folder: string;

  constructor({
    folder,
    broker,
    words = [],
    afterwards = "",
    environment = {},
    ...size
  }: TopStart) {
    this.#folder = folder;
    const top = [process.execPath, cliPath, "top", "--address", broker.address, ...words].join(" ");
    const script = [
      // With job control, as the shell of a person has it.
      "set -m",
      `tty > ${folder}/tty`,
      `stty -a > ${folder}/before`,
      `sh -c "echo \\$\\$ > ${folder}/pid; exec ${top}"; echo $? > ${folder}/exit`,
      afterwards,
      `stty -a > ${folder}/after`,
    ].filter(Boolean);
    this.terminal = PseudoTerminal.start(`bash -c '${script.join("\n")}'`, {
      ...size,
      environment: { LANG: "C.UTF-8", PORTLEASE_TOKEN_FILE: broker.adminTokenFile, ...environment },
    });
    this.screen = new TerminalScreen(this.terminal, size);
  }

  /** As a person who pulls at the window. */
  resize(size: ScreenSize): void {
    const { columns, rows } = size;
    this.screen.resize(size);
    spawnSync("stty", ["-F", this.file("tty"), "cols", String(columns), "rows", String(rows)]);
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(Number(this.file("pid")), signal);
  }

  get isRunning(): boolean {
    try {
      return process.kill(Number(this.file("pid")), 0);
    } catch {
      return false;
    }
  }

  /** Text of "before", "after" (stty -a), "exit", "pid" or "tty"; "" when it is not there yet. */
  file(name: string): string {
    const path = join(this.#folder, name);
    return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  }

  async close(): Promise<void> {
    this.screen.close();
    await this.terminal.close();
  }
}

/** Times and ports are others each time; their widths stay. */
export function masked(screen: string): string {
  return screen
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "HH:MM:SS")
    .replaceAll(/\b\d{5}\b/g, "PPPPP")
    .replaceAll(/\b[0-9a-z]{11}-[0-9a-z]{8}\b/g, "L".repeat(20))
    .replaceAll(/(?<=^ +)(?:\d+[hms])+/gm, (time) => "T".repeat(time.length))
    .replace(/^.*portlease \S+ *linux, up \S+ +/, "HOST ");
}
