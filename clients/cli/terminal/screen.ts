// A full screen that is drawn again and again: `--watch`, and whatever else shows a live view. Takes the terminal, and gives it back
// as it was, however the process ends short of being killed. What is on it is the caller's.

import { control } from "./control.js";
import { displayOf, type Display } from "./display.js";

/** Of process.stdout, what is needed here. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: "resize", listener: () => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

export class Screen {
  readonly #stream: ScreenStream;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #restore = (): void => this.close();
  #resized: () => void = () => undefined;
  #lines: readonly string[] = [];
  #open = false;

  constructor(
    stream: ScreenStream = process.stdout,
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#stream = stream;
    this.#environment = environment;
  }

  /** Its size and colours as they are now. */
  get display(): Display {
    return displayOf(this.#stream, this.#environment);
  }

  /** `resized` is called when the window has changed its size: draw again. A no-op when it is open. */
  open(resized: () => void): void {
    if (this.#open) return;
    this.#open = true;
    this.#resized = resized;
    this.#stream.on("resize", this.#resized);
    // Also when something is thrown, or process.exit is called.
    process.once("exit", this.#restore);
    this.#stream.write(control.enterOwnScreen + control.hideCursor);
  }

  /**
   * Shows these lines, at most as many as fit; each must fit the columns. Written over what was there, without clearing first, so
   * that nothing flickers.
   */
  draw(lines: readonly string[]): void {
    const { rows } = this.display;
    this.#lines = lines;
    const fitting = rows === null ? lines : lines.slice(0, rows);
    const text = fitting.map((line) => line + control.clearToEndOfLine).join("\r\n");
    this.#stream.write(control.home + text + control.clearBelow);
  }

  /** Gives the terminal back; with `keepLast`, what was drawn last stays on it. Idempotent. */
  close(keepLast = false): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.off("resize", this.#resized);
    process.off("exit", this.#restore);
    this.#stream.write(control.showCursor + control.leaveOwnScreen);
    if (keepLast && this.#lines.length > 0) this.#stream.write(`${this.#lines.join("\n")}\n`);
  }
}
