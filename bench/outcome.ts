// What one run of the benchmark says: its figures as `--json` writes them.

import type { Machine } from "./machine.js";
import type { BenchOptions } from "./options.js";
import { type Goal, goalsOf, type Ratio, ratiosOf } from "./ratios.js";
import { cellsOf, type Measurement } from "./rounds.js";
import { type Spread, spreadOf } from "./statistics.js";

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly concurrency: number;
  readonly unit: string;
  /** In units. A pair is two calls. */
  readonly perSecond: Spread;
  /** CPU time per call of all threads of the broker; `null` where it is not known (other than Linux). */
  readonly brokerUsPerCall: Spread | null;
  readonly loadUsPerCall: Spread;
  /** Of a call, by the client's clock. */
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
}

export interface PinnedMachine extends Machine {
  readonly pinning: string;
}

export interface Outcome {
  /** ISO 8601. */
  readonly date: string;
  readonly node: string;
  /** With which process ran on which core. */
  readonly machine: PinnedMachine;
  readonly rounds: number;
  readonly secondsPerCell: number;
  readonly seed: number;
  /** Cores that other programs used meanwhile, cell by cell; `null` where it is not known. */
  readonly othersCores: Spread | null;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly goals: readonly Goal[];
}

export function outcomeOf(
  measurements: readonly Measurement[],
  options: BenchOptions,
  machine: PinnedMachine,
): Outcome {
  const ratios = ratiosOf(measurements);
  return {
    date: new Date().toISOString(),
    node: process.version,
    machine,
    rounds: options.rounds,
    secondsPerCell: options.measureMs / 1_000,
    seed: options.seed,
    othersCores: spreadOfKnown(measurements.map(({ window }) => window.othersCores)),
    rows: rowsOf(measurements, options),
    ratios,
    goals: goalsOf(ratios),
  };
}

function rowsOf(measurements: readonly Measurement[], options: BenchOptions): readonly Row[] {
  return cellsOf(options).map(({ scenario, concurrency }) => {
    const { name, title, unit, unitsPerCall } = scenario;
    const windows = measurements
      .filter((one) => one.scenario === scenario && one.concurrency === concurrency)
      .map(({ window }) => window);
    return {
      name,
      title,
      concurrency,
      unit,
      perSecond: spreadOf(
        windows.map(({ calls, durationMs }) => (calls * unitsPerCall * 1_000) / durationMs),
      ),
      brokerUsPerCall: spreadOfKnown(windows.map(({ brokerUsPerCall }) => brokerUsPerCall)),
      loadUsPerCall: spreadOf(windows.map(({ loadUsPerCall }) => loadUsPerCall)),
      p50Ms: spreadOf(windows.map(({ p50Ms }) => p50Ms)),
      p99Ms: spreadOf(windows.map(({ p99Ms }) => p99Ms)),
    };
  });
}

function spreadOfKnown(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? spreadOf(known) : null;
}
