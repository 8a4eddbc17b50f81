// How much of its time a page's one thread is busy: the rest is free for who uses it.

import type { Page } from "playwright-core";

export interface BusyMeter {
  /** Since it was made: 0 to 1. */
  share(): Promise<number>;
}

/** Begins to measure. https://chromedevtools.github.io/devtools-protocol/tot/Performance/ */
export async function meterOf(page: Page): Promise<BusyMeter> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async (): Promise<{ busy: number; now: number }> => {
    const { metrics } = await session.send("Performance.getMetrics");
    const value = (name: string): number =>
      metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return { busy: value("TaskDuration"), now: value("Timestamp") };
  };
  const before = await read();
  return {
    share: async () => {
      const after = await read();
      return (after.busy - before.busy) / (after.now - before.now);
    },
  };
}
