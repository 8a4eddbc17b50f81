// The live view itself: what comes from the broker and from the keyboard goes into what is known and how it is looked at, and the
// frame of that onto the screen.

import { withProgress } from "../terminal/progress.js";
import { locatorOf } from "../broker-options.js";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import { signalNumber } from "../run/signal-number.js";
import { terminalCharset } from "./charset.js";
import { HostFollower } from "./follow-host.js";
import { LeaseListFollower } from "./follow-lease-list.js";
import { type Frame, frameOf } from "./frame.js";
import { heard, type TopModel } from "./top-model.js";
import type { TopOptions } from "./top-options.js";
import { TopTerminal } from "./top-terminal.js";
import { firstView, press, type TopAction, type TopKey, type TopView } from "./top-view.js";

/** Times are shown in seconds. */
const redrawEveryMs = 1_000;
/** What a terminal has that does not know its size. */
const columnsDefault = 80;
const rowsDefault = 24;

/** Resolves with the exit code when the person leaves. Rejects with CliFailure when the broker is not to be had or refuses. */
export async function runTop(options: TopOptions): Promise<number> {
  const top = new LiveTop(options);
  return top.run();
}

class LiveTop {
  readonly #address: string;
  readonly #follower: HostFollower;
  readonly #leases: LeaseListFollower;
  readonly #terminal: TopTerminal;
  readonly #over = new AbortController();
  readonly #left: Promise<number>;
  #leave: (exitCode: number) => void = () => undefined;
  #reached: () => void = () => undefined;
  #model: TopModel | null = null;
  #view: TopView;
  #frame: Frame = { lines: [], leaseSpace: 0, leaseCount: 0 };

  constructor(options: TopOptions) {
    const { every: intervalMs } = options;
    const locator = locatorOf(options);
    this.#address = locator.found.address;
    this.#view = firstView(options.sort);
    this.#left = new Promise((resolve) => (this.#leave = resolve));
    this.#terminal = new TopTerminal({
      key: (key) => this.#key(key),
      redraw: () => this.#draw(),
      leave: (exitCode) => this.#leave(exitCode),
    });
    this.#follower = new HostFollower(
      { options, locator, intervalMs },
      {
        message: (message, isFirst) => {
          this.#know(heard(this.#model, message, isFirst, performance.now()));
          if (isFirst) this.#leases.listNow();
          this.#reached();
        },
        lost: () => {
          if (this.#model !== null) this.#know({ ...this.#model, lost: true });
        },
      },
    );
    this.#leases = new LeaseListFollower({
      options,
      locator,
      intervalMs,
      isConnected: () => this.#model?.lost === false,
      listed: (leases, listedAtMs) => {
        if (this.#model !== null) this.#know({ ...this.#model, leases: { leases, listedAtMs } });
      },
    });
  }

  async run(): Promise<number> {
    const { signal } = this.#over;
    const following = this.#follower.run(signal);
    const reached = new Promise<void>((resolve) => (this.#reached = resolve));
    let listing = Promise.resolve();
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      const what = `an answer of the broker at ${this.#address}`;
      await withProgress(what, () => Promise.race([reached, following]));
      listing = this.#leases.run(signal);
      this.#terminal.open();
      this.#draw();
      timer = setInterval(() => this.#draw(), redrawEveryMs);
      return await Promise.race([this.#left, following.then(() => exitCodes.ok)]);
    } finally {
      clearInterval(timer);
      this.#terminal.close();
      this.#over.abort();
      await Promise.allSettled([following, listing]);
    }
  }

  #know(model: TopModel): void {
    this.#model = model;
    this.#draw();
  }

  #key(key: TopKey): void {
    if (this.#model === null) return;
    const { leaseSpace, leaseCount } = this.#frame;
    const now = { model: this.#model, nowMs: performance.now(), leaseSpace, leaseCount };
    const { view, action } = press(this.#view, key, now);
    this.#view = view;
    if (action === null) this.#draw();
    else this.#act(action);
  }

  #act(action: TopAction): void {
    switch (action) {
      case "quit":
        return this.#leave(exitCodes.ok);
      case "interrupt":
        return this.#leave(exitCodeSignalBase + signalNumber("SIGINT"));
      case "suspend":
        return this.#terminal.suspend();
      case "refresh":
        this.#follower.connectNow();
        this.#leases.listNow();
        return this.#draw();
      case "redraw":
        this.#terminal.screen.forget();
        return this.#draw();
    }
  }

  /** A no-op while the terminal is not taken. */
  #draw(): void {
    if (this.#model === null || !this.#terminal.isOpen) return;
    const { columns, rows, paint } = this.#terminal.screen.display;
    const canvas = {
      columns: columns ?? columnsDefault,
      rows: rows ?? rowsDefault,
      paint,
      charset: terminalCharset(process.env, process.platform),
    };
    this.#frame = frameOf(this.#model, this.#view, canvas, performance.now());
    this.#terminal.screen.draw(this.#frame.lines);
  }
}
