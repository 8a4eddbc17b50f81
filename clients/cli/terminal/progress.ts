// Says on stderr what a command waits for, and for how long, once it takes over a second. Only people are told: nothing is shown
// where stderr is no terminal, and nothing is left of it at the end.

import { control } from "./control.js";
import { cutToWidth } from "./display-width.js";
import { displayOf } from "./display.js";

/** People notice a delay of a second: https://www.nngroup.com/articles/response-times-3-important-limits/ */
const quietMs = 1_000;
/** Often enough that the seconds do not skip. */
const redrawEveryMs = 250;

/** Of process.stderr, what is needed here. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressWorld {
  readonly stream: ProgressStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls again and again; must not keep the process alive. Returns what ends it. */
  every(intervalMs: number, call: () => void): () => void;
}

/**
 * The same for work that keeps this process so busy that nothing could be drawn in between: `doing` is shown at once.
 * Passes on what `work` resolves or rejects with.
 */
export async function withNotice<T>(
  doing: string,
  work: () => Promise<T>,
  { stream, environment }: Pick<ProgressWorld, "stream" | "environment"> = processWorld,
): Promise<T> {
  if (!displayOf(stream, environment).terminal) return work();
  stream.write(`${doing} …`);
  try {
    return await work();
  } finally {
    stream.write(control.clearLine);
  }
}

/** `waitingFor` goes after "waiting 3 s for"; a function is asked again for each redraw. Passes on what `work` resolves or rejects with. */
export async function withProgress<T>(
  waitingFor: string | (() => string),
  work: () => Promise<T>,
  world: ProgressWorld = processWorld,
): Promise<T> {
  const { stream, environment } = world;
  if (!displayOf(stream, environment).terminal) return work();
  const since = world.now();
  let shown = false;
  const clear = (): void => void (shown && stream.write(control.clearLine));
  const end = world.every(redrawEveryMs, () => {
    const elapsedMs = world.now() - since;
    if (elapsedMs < quietMs) return;
    shown = true;
    const what = typeof waitingFor === "string" ? waitingFor : waitingFor();
    // The time first: it is what changes, and must not be cut off.
    const text = `waiting ${Math.floor(elapsedMs / 1_000)} s for ${what}`;
    // The last column stays empty: some terminals go to the next line there, which would not be cleared.
    const columns = (stream.columns || 80) - 1;
    stream.write(control.clearLine + cutToWidth(text, Math.max(1, columns)));
  });
  const interrupted = clearOnInterrupt(clear);
  try {
    return await work();
  } finally {
    interrupted();
    end();
    clear();
  }
}

/** The shell's prompt must not stand behind half a line. Returns what ends it. */
function clearOnInterrupt(clear: () => void): () => void {
  // Whoever handles the signal itself goes on after it.
  if (process.listenerCount("SIGINT") > 0) return () => undefined;
  const interrupted = (): void => {
    clear();
    // Ends the process as if nobody had listened, so that shells see what happened to it.
    process.off("SIGINT", interrupted);
    process.kill(process.pid, "SIGINT");
  };
  process.on("SIGINT", interrupted);
  return () => void process.off("SIGINT", interrupted);
}

const processWorld: ProgressWorld = {
  stream: process.stderr,
  environment: process.env,
  now: () => performance.now(),
  every: (intervalMs, call) => {
    const timer = setInterval(call, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
