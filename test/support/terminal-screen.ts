// What is on the screen of a pseudo-terminal: everything that was written to it goes through a terminal emulator,
// https://github.com/xtermjs/xterm.js.

import xterm from "@xterm/headless";
import { eventually } from "./eventually.js";
import type { PseudoTerminal } from "./pseudo-terminal.js";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export class TerminalScreen {
  readonly #source: PseudoTerminal;
  readonly #emulator: xterm.Terminal;
  #fed = 0;

  constructor(source: PseudoTerminal, { columns, rows }: ScreenSize) {
    this.#source = source;
    this.#emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  /** What the emulator shows now, without spaces at the ends of lines. */
  async lines(): Promise<readonly string[]> {
    const { shown } = this.#source;
    const text = shown.slice(this.#fed);
    this.#fed = shown.length;
    await new Promise<void>((resolve) => this.#emulator.write(text, resolve));
    const { active } = this.#emulator.buffer;
    return Array.from(
      { length: this.#emulator.rows },
      (_none, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? "",
    );
  }

  /** Whether a program has a screen of its own at the moment of the last look. */
  get isOwnScreen(): boolean {
    return this.#emulator.buffer.active.type === "alternate";
  }

  /** As the window of a person: the program has to be told by other means. */
  resize({ columns, rows }: ScreenSize): void {
    this.#emulator.resize(columns, rows);
  }

  /** Resolves with the screen when it matches. */
  until(what: string, pattern: RegExp): Promise<string> {
    return eventually(
      what,
      async () => {
        const text = (await this.lines()).join("\n");
        return pattern.test(text) ? text : null;
      },
      { withinMs: 20_000 },
    ).catch(async (error: unknown) => {
      throw new Error(`${what} is not on the screen:\n${(await this.lines()).join("\n")}`, {
        cause: error,
      });
    });
  }

  close(): void {
    this.#emulator.dispose();
  }
}
