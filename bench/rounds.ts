// Runs the rounds: in each a fresh broker, and every cell (a scenario at one concurrency) once, in shuffled order.

import { SeededRandom } from "../test/support/seeded-random.js";
import { startBrokerProcess } from "./broker-process.js";
import { measureClosedLoop, type Window } from "./closed-loop.js";
import { connect, type Connection } from "./connection.js";
import type { BenchOptions } from "./options.js";
import { type Scenario, scenarios } from "./scenarios.js";

export interface Cell {
  readonly scenario: Scenario;
  readonly concurrency: number;
}

/** What one round measured in a cell. */
export interface Measurement extends Cell {
  readonly round: number;
  readonly window: Window;
}

/** Compiles and settles both programs before the first cell of a round, at the most that a cell asks for. */
const roundWarmUps = 3;

export function cellsOf({ only, concurrencies }: BenchOptions): readonly Cell[] {
  return scenarios
    .filter(({ name }) => only.includes(name))
    .flatMap((scenario) => concurrencies.map((concurrency) => ({ scenario, concurrency })));
}

/** `brokerCore` is `null` for no pinning. `progress` is told what runs, for people. */
export async function runRounds(
  options: BenchOptions,
  brokerCore: number | null,
  progress: (text: string) => void,
): Promise<readonly Measurement[]> {
  const random = new SeededRandom(options.seed);
  const cells = cellsOf(options);
  const measurements: Measurement[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const broker = await startBrokerProcess(brokerCore, options.profileDirectory);
    try {
      const connection = await connect(broker.address);
      try {
        await warmUp(connection, options, cells, broker.processId);
        for (const [index, cell] of shuffled(cells, random).entries()) {
          progress(`round ${round}/${options.rounds}, cell ${index + 1}/${cells.length}`);
          const window = await measureCell(connection, options, cell, broker.processId);
          measurements.push({ ...cell, round, window });
        }
      } finally {
        connection.close();
      }
    } finally {
      await broker.stop();
    }
  }
  return measurements;
}

function measureCell(
  connection: Connection,
  { warmUpMs, measureMs }: BenchOptions,
  { scenario, concurrency }: Cell,
  brokerProcessId: number,
): Promise<Window> {
  const turn = scenario.makeTurn(connection);
  return measureClosedLoop(turn, { concurrency, warmUpMs, measureMs, brokerProcessId });
}

async function warmUp(
  connection: Connection,
  options: BenchOptions,
  cells: readonly Cell[],
  brokerProcessId: number,
): Promise<void> {
  const most = Math.max(...options.concurrencies);
  const warmUpMs = options.warmUpMs * roundWarmUps;
  for (const cell of cells.filter(({ concurrency }) => concurrency === most)) {
    await measureCell(
      connection,
      { ...options, warmUpMs: 0, measureMs: warmUpMs },
      cell,
      brokerProcessId,
    );
  }
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    const [a, b] = [order[last], order[other]];
    if (a === undefined || b === undefined) continue;
    order[last] = b;
    order[other] = a;
  }
  return order;
}
