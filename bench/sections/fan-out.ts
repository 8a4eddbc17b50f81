// What readers of the leases cost those who acquire some: the same load with 200 watches and without, in turn.

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { goalOf } from "../goals.js";
import { type Figure, nothingToSay, type SectionOutcome } from "../outcome.js";
import { runNativeLoad, startNativeLoad } from "../rows/native-load.js";
import type { LoopOptions } from "../rows/closed-loop.js";
import { brokerServer } from "../rows/rounds.js";
import { measureWindow, type Window } from "../rows/window.js";
import { leaveNothing, stopped } from "../servers/child-process.js";
import type { BrokerProcess } from "../servers/broker-process.js";
import { withFreshBroker } from "../servers/fresh-broker.js";
import { spreadOf, spreadOfKnown } from "../statistics.js";
import type { Section } from "./section.js";

const readers = 200;
const concurrency = 16;

interface Round {
  readonly without: Window;
  readonly watched: Window;
  readonly eventsPerSecond: number;
}

export const fanOutSection: Section = {
  name: "fan-out",
  about: `acquires with ${readers} watches and without`,
  async run(context) {
    const { options, progress } = context;
    const rounds = await withFreshBroker(context, async (broker) => {
      const measured: Round[] = [];
      for (let round = 1; round <= options.rounds; round += 1) {
        progress(`fan-out: round ${round}/${options.rounds}`);
        const without = await acquires(broker, options);
        const readersAtWork = await Readers.start(broker.address);
        try {
          const watched = await acquires(broker, options);
          measured.push({ without, watched, eventsPerSecond: await readersAtWork.stop() });
        } finally {
          await readersAtWork.leave();
        }
      }
      return measured;
    });
    return outcomeOf(rounds);
  },
};

function outcomeOf(rounds: readonly Round[]): SectionOutcome {
  const ratio = spreadOf(rounds.map(({ without, watched }) => rateOf(watched) / rateOf(without)));
  return {
    ...nothingToSay,
    figures: [
      ...figuresOf(
        "nobody watches",
        rounds.map(({ without }) => without),
      ),
      ...figuresOf(
        `${readers} watches`,
        rounds.map(({ watched }) => watched),
      ),
      { name: `pairs, ${readers} watches / none`, unit: "", value: ratio },
      {
        name: `events that ${readers} watches were sent`,
        unit: "events/s",
        value: spreadOf(rounds.map(({ eventsPerSecond }) => eventsPerSecond)),
      },
    ],
    goals: [goalOf(`acquires with ${readers} watches / without`, { atLeast: 0.5 }, ratio.median)],
  };
}

function figuresOf(when: string, windows: readonly Window[]): readonly Figure[] {
  const figure = (what: string, unit: string, of: (window: Window) => number | null): Figure[] => {
    const value = spreadOfKnown(windows.map(of));
    return value === null ? [] : [{ name: `${what}, ${when}`, unit, value }];
  };
  return [
    ...figure("acquire + release", "pairs/s", rateOf),
    ...figure("p50 of one of these calls", "ms", ({ p50Ms }) => p50Ms),
    ...figure("p99 of one of these calls", "ms", ({ p99Ms }) => p99Ms),
    ...figure("broker", "µs/call", ({ serverUsPerCall }) => serverUsPerCall),
    ...figure("loop of the broker, p99", "ms", ({ loopDelayP99Ms }) => loopDelayP99Ms),
  ];
}

/** In pairs a second. */
function rateOf({ calls, durationMs }: Window): number {
  return (calls * 1_000) / durationMs / 2;
}

function acquires(
  broker: BrokerProcess,
  { warmUpMs, measureMs }: Omit<LoopOptions, "concurrency">,
): Promise<Window> {
  const load = { row: "unary-pair", address: broker.address, concurrency, warmUpMs, measureMs };
  return measureWindow(brokerServer(broker, null), (watch) => runNativeLoad(load, watch));
}

/** The watches, in a process of their own beside the load. */
class Readers {
  readonly #child: ChildProcess;
  readonly #stay: () => void;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
    this.#stay = leaveNothing(child);
  }

  /** Resolves when all of them know what there is. */
  static async start(address: string): Promise<Readers> {
    const words = ["--row", "watch", "--address", address, "--readers", String(readers)];
    const child = startNativeLoad(words);
    if (child.stdout === null) throw new Error("the readers have no output");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const started = new Readers(child, lines);
    await started.#next();
    return started;
  }

  /** How many events a second all of them had together. */
  async stop(): Promise<number> {
    this.#child.stdin?.end();
    const line = await this.#next();
    const { events, durationMs } = JSON.parse(line) as { events: number; durationMs: number };
    return (events * 1_000) / durationMs;
  }

  /** Whatever became of them. */
  async leave(): Promise<void> {
    await stopped(this.#child);
    this.#stay();
  }

  async #next(): Promise<string> {
    const { value, done } = (await this.#lines.next()) as IteratorResult<string, undefined>;
    if (done === true || value === undefined) throw new Error("the readers ended");
    return value;
  }
}
