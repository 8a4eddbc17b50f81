// The terminal of the live view: its screen, its keys, and the signals that end or stop it. Gives the terminal back as it was,
// however the process ends short of being killed, and takes it again after the shell's "fg".

import { emitKeypressEvents } from "node:readline";
import { exitCodeSignalBase } from "../exit-codes.js";
import { signalNumber } from "../run/signal-number.js";
import { Screen } from "../terminal/screen.js";
import { type NodeKey, topKey } from "./terminal-keys.js";
import type { TopKey } from "./top-view.js";

export interface TerminalEvents {
  key(key: TopKey): void;
  /** Everything is to be drawn again. */
  redraw(): void;
  /** The process is to end with this exit code. */
  leave(exitCode: number): void;
}

/** SIGHUP: the terminal hung up, or its window was closed. */
const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Windows has no job control: https://nodejs.org/api/process.html#signal-events */
const hasJobControl = process.platform !== "win32";

export class TopTerminal {
  readonly screen = new Screen();
  readonly #events: TerminalEvents;
  readonly #stdin = process.stdin;
  #open = false;

  constructor(events: TerminalEvents) {
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Takes the terminal. A no-op when it has it. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#take();
    emitKeypressEvents(this.#stdin);
    this.#stdin.on("keypress", this.#pressed);
    this.#stdin.on("end", this.#hungUp).on("error", this.#hungUp);
    this.#stdin.resume();
    for (const signal of endSignals) process.on(signal, this.#ended);
    if (hasJobControl) process.on("SIGTSTP", this.#stop).on("SIGCONT", this.#continued);
  }

  /** Gives it back. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stdin.off("keypress", this.#pressed);
    this.#stdin.off("end", this.#hungUp).off("error", this.#hungUp);
    this.#stdin.pause();
    for (const signal of endSignals) process.off(signal, this.#ended);
    if (hasJobControl) process.off("SIGTSTP", this.#stop).off("SIGCONT", this.#continued);
    this.#giveBack();
  }

  /** Stops all of the shell's job, as Ctrl+Z does without a live view; goes on when that is continued. */
  suspend(): void {
    if (!hasJobControl) return;
    this.#giveBack();
    process.off("SIGTSTP", this.#stop);
    // 0: the process group, as the terminal does it: https://man7.org/linux/man-pages/man2/kill.2.html
    process.kill(0, "SIGTSTP");
    // Here the process has been stopped and continued, or the signal did nothing because there is no shell to come back to.
    process.on("SIGTSTP", this.#stop);
    this.#continued();
  }

  #take(): void {
    process.once("exit", this.#raw.off);
    this.#raw.on();
    this.screen.open(() => this.#events.redraw());
  }

  #giveBack(): void {
    this.screen.close();
    this.#raw.off();
    process.off("exit", this.#raw.off);
  }

  /** Keys come one by one, and not on the screen. Without a terminal at stdin there are no keys. */
  readonly #raw = {
    on: (): void => void (this.#stdin.isTTY && this.#stdin.setRawMode(true)),
    off: (): void => void (this.#stdin.isTTY && this.#stdin.setRawMode(false)),
  };

  readonly #pressed = (text: string | undefined, nodeKey: NodeKey): void => {
    const key = topKey(text, nodeKey);
    if (key !== null) this.#events.key(key);
  };

  readonly #ended = (signal: NodeJS.Signals): void =>
    this.#events.leave(exitCodeSignalBase + signalNumber(signal));

  readonly #hungUp = (): void => {
    // A file or nothing at stdin has an end; there never were keys.
    if (!this.#stdin.isTTY) return;
    this.#events.leave(exitCodeSignalBase + signalNumber("SIGHUP"));
  };

  readonly #stop = (): void => this.suspend();

  readonly #continued = (): void => {
    // The shell may have changed the terminal's modes, and written on its screen.
    this.#giveBack();
    this.#take();
    this.#events.redraw();
  };
}
