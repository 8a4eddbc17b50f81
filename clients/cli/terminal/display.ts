// What an output can show: whether somebody looks at it, how much fits, and whether colours are wanted. Looks, and shows nothing.

import { colourPaint, type Paint, plainPaint } from "./paint.js";

export interface Display {
  /** True when a person looks at it, who can be shown the same place anew. */
  readonly terminal: boolean;
  /** Columns of the terminal; `null`: as many as are written, nothing is cut. */
  readonly columns: number | null;
  /** Lines of the terminal; `null`: any number. */
  readonly rows: number | null;
  readonly paint: Paint;
}

/** What is looked at of a stream; process.stdout and process.stderr are such. */
export interface LookedAt {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** For files, pipes and tests. */
export const plainDisplay: Display = {
  terminal: false,
  columns: null,
  rows: null,
  paint: plainPaint,
};

/** As it is now: the size of a window changes. */
export function displayOf(stream: LookedAt, environment: Environment): Display {
  const terminal = stream.isTTY === true && environment["TERM"] !== "dumb";
  const paint = wantsColours(terminal, environment) ? colourPaint : plainPaint;
  if (!terminal) return { ...plainDisplay, paint };
  // A terminal that does not know its size, as some consoles of build machines, says 0.
  return { terminal, columns: stream.columns || null, rows: stream.rows || null, paint };
}

/**
 * FORCE_COLOR goes before NO_COLOR, and both before what the output is, as Node has it:
 * https://no-color.org, https://nodejs.org/api/tty.html#writestreamgetcolordepthenv
 */
function wantsColours(terminal: boolean, environment: Environment): boolean {
  const forced = environment["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return terminal && (environment["NO_COLOR"] ?? "") === "";
}
