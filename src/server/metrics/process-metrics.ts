// The process of a broker or fleet server: what it uses of the host, under the names that Prometheus gives these for every program:
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
// prom-client's own set is not used: it cannot be stopped, and has gauges that are named like counters.

import { readdir } from "node:fs/promises";
import type { EventLoopDelay } from "./event-loop-delay.js";
import type { MetricRegistry } from "./metric-registry.js";

const microsecondsPerSecond = 1e6;

export interface ProcessSource {
  readonly loopDelay: Pick<EventLoopDelay, "take">;
  readonly startedWallMs: number;
}

export function addProcessMetrics(
  registry: MetricRegistry,
  { loopDelay, startedWallMs }: ProcessSource,
): void {
  registry.total(
    "process_cpu_seconds_total",
    "Seconds of processor time that the process used, of all of its threads.",
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / microsecondsPerSecond;
    },
  );
  registry.level(
    "process_resident_memory_bytes",
    "Bytes of memory that the process has in use.",
    () => process.memoryUsage.rss(),
  );
  registry.level(
    "process_start_time_seconds",
    "When the process started to serve, in seconds since 1970.",
    () => startedWallMs / 1_000,
  );
  registry.level(
    "process_open_fds",
    "Open file descriptors; a broker has one for each port that a block of the kind held holds. Only on Linux.",
    openDescriptors,
  );
  registry.gauge(
    "nodejs_heap_size_bytes",
    "Bytes of JavaScript's heap: used by objects, and reserved for them.",
    ["state"],
    () => {
      const { heapUsed, heapTotal } = process.memoryUsage();
      return [
        { labels: { state: "used" }, value: heapUsed },
        { labels: { state: "reserved" }, value: heapTotal },
      ];
    },
  );
  registry.gauge(
    "portlease_event_loop_lag_seconds",
    "Seconds by which what was due was done too late since the metrics were last read: median, 99th percentile, longest.",
    ["statistic"],
    () =>
      Object.entries(loopDelay.take()).map(([statistic, value]) => ({
        labels: { statistic },
        value,
      })),
  );
}

async function openDescriptors(): Promise<number | null> {
  if (process.platform !== "linux") return null;
  // The one that reads is among them.
  return (await readdir("/proc/self/fd")).length - 1;
}
