// Waits for the wish that `portlease serve` stops: a signal, or the end of stdin for those who cannot send signals, as a service
// wrapper on Windows or a test. What a wish means is decided in stop-signals.ts.

import type { Readable } from "node:stream";
import type { Log } from "../../src/server/log.js";
import { exitCodeSignalBase } from "./exit-codes.js";
import { signalNumber } from "./run/signal-number.js";
import { stopSignals, StopSignals, type StopSignal } from "./stop-signals.js";

/**
 * Resolves with the wish that asks for an orderly stop; a later one may leave the process at once. `stdin`: its end is such a
 * wish, and what it brings is thrown away; `null`: it is left alone. `reload` is called for each hangup that is no wish to stop.
 */
export function stopWish(log: Log, stdin: Readable | null, reload: () => void): Promise<string> {
  // Without a terminal a hangup is a wish of an operator; with one, or on Windows, the window was closed.
  const hangupStops = process.stdin.isTTY || process.platform === "win32";
  const decision = new StopSignals(hangupStops);
  return new Promise((resolve) => {
    const stop = (wish: string): void => {
      // Open, it would keep the process running.
      stdin?.destroy();
      resolve(wish);
    };
    const signalled = (signal: StopSignal): void => {
      switch (decision.decide(signal, performance.now())) {
        case "stop":
          return stop(signal);
        case "leave":
          log.warn("leaving at once, without waiting for calls under way", { signal });
          return process.exit(exitCodeSignalBase + signalNumber(signal));
        case "reload":
          return reload();
        case "repeat":
          return;
      }
    };
    const ended = (): void => {
      if (decision.stdinEnded(performance.now()) === "stop") stop("stdin ended");
    };
    for (const signal of stopSignals) process.on(signal, () => signalled(signal));
    // A pipe that breaks has ended too.
    stdin?.once("end", ended).once("error", ended).resume();
  });
}
