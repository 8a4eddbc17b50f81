// A full screen that is drawn again and again: `--watch`, and whatever else shows a live view. Takes the terminal, and gives it back
// as it was, however the process ends short of being killed. What is on it is the caller's.

import { control } from "./control.js";
import { displayWidth } from "./display-width.js";
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
  /** What the terminal shows, row by row; `null`: that is not known, so all of it is written. */
  #shown: readonly string[] | null = null;
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
    this.#resized = () => {
      this.forget();
      resized();
    };
    this.forget();
    this.#stream.on("resize", this.#resized);
    // Also when something is thrown, or process.exit is called.
    process.once("exit", this.#restore);
    this.#stream.write(control.enterOwnScreen + control.hideCursor);
  }

  /** What is drawn next is written whole: something else may have written to the terminal. */
  forget(): void {
    this.#shown = null;
  }

  /**
   * Shows these lines, at most as many as fit; each must fit the columns. Only those that differ from what is shown are written,
   * each over what was there, so that nothing flickers and a slow connection has little to carry.
   */
  draw(lines: readonly string[]): void {
    const { rows, columns } = this.display;
    this.#lines = lines;
    const fitting = rows === null ? lines : lines.slice(0, rows);
    const shown = this.#shown ?? [];
    let text = this.#shown === null ? control.home + control.clearBelow : "";
    for (const [index, line] of fitting.entries()) {
      if (line === shown[index]) continue;
      // Behind a full line the cursor still stands on its last character, which would be cleared.
      const isFull = columns !== null && displayWidth(line) >= columns;
      text += control.toRow(index + 1) + line + (isFull ? "" : control.clearToEndOfLine);
    }
    if (fitting.length < shown.length)
      text += control.toRow(fitting.length + 1) + control.clearBelow;
    this.#shown = fitting;
    if (text !== "") this.#stream.write(text);
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
