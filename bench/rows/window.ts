// One window of a closed loop: what the load saw, and what the server and everybody else used meanwhile.

import { type CpuSample, sampleCpu } from "../servers/cpu-time.js";

/** What a load says of its window. */
export interface LoadFigures {
  readonly calls: number;
  readonly durationMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** All threads of the load. */
  readonly cpuUs: number;
}

export interface Window extends Omit<LoadFigures, "cpuUs"> {
  /** CPU per call, all threads; `null` where it is not known. */
  readonly serverUsPerCall: number | null;
  readonly clientUsPerCall: number;
  /** Of the server's event loop; `null` where there is none, or it does not tell. */
  readonly loopDelayP99Ms: number | null;
  /** How many cores everything but the server and the load used; `null` where it is not known. */
  readonly othersCores: number | null;
}

/** The server that is asked. */
export interface Target {
  /** `null`: no process is asked, the load does it all. */
  readonly processId: number | null;
  forgetLoop(): void;
  loopDelayP99Ms(): Promise<number | null>;
}

/** Told by a load when its window begins and ends, at these moments. */
export interface WindowWatch {
  began(): void;
  ended(): void;
}

/** Runs a load and looks at its server meanwhile. Rejects when the load does. */
export async function measureWindow(
  target: Target,
  run: (watch: WindowWatch) => Promise<LoadFigures>,
): Promise<Window> {
  let before: CpuSample | null = null;
  let after: CpuSample | null = null;
  let loopDelay: Promise<number | null> = Promise.resolve(null);
  const figures = await run({
    began: () => {
      target.forgetLoop();
      before = sampleCpu(target.processId);
    },
    ended: () => {
      after = sampleCpu(target.processId);
      loopDelay = target.loopDelayP99Ms();
      // Told of below, unless the load fails first.
      loopDelay.catch(() => undefined);
    },
  });
  if (before === null || after === null) throw new Error("the load had no window");
  return toWindow(figures, before, after, await loopDelay);
}

function toWindow(
  { cpuUs, ...figures }: LoadFigures,
  before: CpuSample,
  after: CpuSample,
  loopDelayP99Ms: number | null,
): Window {
  const { calls, durationMs } = figures;
  const serverUs =
    after.serverUs === null || before.serverUs === null ? null : after.serverUs - before.serverUs;
  // A load in this process is in both.
  const loadUs = Math.max(cpuUs, after.ownUs - before.ownUs);
  const othersUs = after.machineUs - before.machineUs - (serverUs ?? 0) - loadUs;
  return {
    ...figures,
    serverUsPerCall: serverUs === null ? null : serverUs / calls,
    clientUsPerCall: cpuUs / calls,
    loopDelayP99Ms,
    // The clocks of the three differ by some milliseconds.
    othersCores: process.platform === "linux" ? Math.max(0, othersUs / (durationMs * 1_000)) : null,
  };
}
