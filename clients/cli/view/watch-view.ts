// --watch: asks again and again, each time on a connection of its own, and shows how it is then. On a terminal in place, elsewhere one
// after the other. A broker that goes away is waited for; one that refuses, or never answered, ends the watch.

import { setTimeout as pause } from "node:timers/promises";
import { formatDuration } from "../../../src/server/config/duration.js";
import { withBroker } from "../broker-call.js";
import { type CliFailure, toFailure } from "../cli-failure.js";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import type { Output } from "../output.js";
import { signalNumber } from "../run/signal-number.js";
import { cutToWidth } from "../terminal/display-width.js";
import { Screen } from "../terminal/screen.js";
import { type FetchView, isForPeople, tableForm, tell } from "./show.js";
import type { View } from "./view.js";
import { formOf, type WatchableOptions } from "./view-options.js";

/** What is seen at a moment: the last view, and why there is no newer one. */
interface Seen {
  readonly view: View;
  readonly at: Date;
  readonly failure: CliFailure | null;
}

/** Rejects with CliFailure. */
export async function watchView(
  options: WatchableOptions,
  output: Output,
  fetch: FetchView,
): Promise<never> {
  const inPlace = output.display().terminal && isForPeople(formOf(options));
  const showSeen = inPlace ? onScreen(options) : oneAfterTheOther(options, output);
  let seen: Seen | null = null;
  for (;;) {
    try {
      seen = { view: await withBroker(options, fetch), at: new Date(), failure: null };
    } catch (error) {
      const failure = toFailure(error);
      if (seen === null || failure.exitCode !== exitCodes.unreachable) throw failure;
      seen = { ...seen, failure };
    }
    await showSeen(seen);
    await pause(options.every);
  }
}

/** The views as they come; a broker that is away is told once. */
function oneAfterTheOther(
  options: WatchableOptions,
  output: Output,
): (seen: Seen) => Promise<void> {
  let away = false;
  let first = true;
  return async ({ view, failure }) => {
    if (failure !== null) {
      if (!away) output.note(`${failure.message.split("\n", 1)[0]}; asking again`);
      away = true;
      return;
    }
    away = false;
    if (!first && isForPeople(formOf(options))) output.line("");
    first = false;
    await tell(view, options, output, "compact");
  };
}

/** Ctrl+C gives the terminal back, with what was seen last still on it. */
function onScreen(options: WatchableOptions): (seen: Seen) => Promise<void> {
  const screen = new Screen();
  let last: Seen | null = null;
  const draw = (): void => {
    if (last !== null) screen.draw(linesOf(last, options, screen));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      screen.close(true);
      process.exit(exitCodeSignalBase + signalNumber(signal));
    });
  }
  return (seen) => {
    last = seen;
    screen.open(draw);
    draw();
    return Promise.resolve();
  };
}

function linesOf(
  { view, at, failure }: Seen,
  options: WatchableOptions,
  screen: Screen,
): readonly string[] {
  const { columns, rows, paint } = screen.display;
  const every = `every ${formatDuration(options.every)}, Ctrl+C ends it`;
  const state =
    failure === null
      ? { tone: "quiet" as const, text: `${at.toLocaleTimeString()}   ${every}` }
      : {
          tone: "critical" as const,
          text: `NO ANSWER since ${at.toLocaleTimeString()}; this is what was seen last`,
        };
  const text = columns === null ? state.text : cutToWidth(state.text, columns);
  const form = tableForm(options, { display: () => screen.display });
  const lines = [...view.lines(form), ...view.notes.map((note) => paint("quiet", note))];
  // A line is for the state, and one for what does not fit.
  const space = rows === null ? lines.length : Math.max(1, rows - 2);
  const more = lines.length > space ? [`… ${lines.length - space} more lines`] : [];
  return [paint(state.tone, text), ...lines.slice(0, space), ...more];
}
