// All metrics of a fleet server, put together. Those of the program, its calls and its process have the names that brokers' have.

import { EventLoopDelay } from "../../server/metrics/event-loop-delay.js";
import { addMethodMetrics, type MethodSource } from "../../server/metrics/method-metrics.js";
import { MetricRegistry, type MetricsText } from "../../server/metrics/metric-registry.js";
import { addProcessMetrics } from "../../server/metrics/process-metrics.js";
import { addProgramMetrics, type ProgramSource } from "../../server/metrics/program-metrics.js";
import type { FleetSource } from "../sources/fleet-source.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { addSourceMetrics } from "./source-metrics.js";
import { addViewMetrics, type MeasuredView } from "./view-metrics.js";

export interface FleetMetricsSources extends ProgramSource, MethodSource {
  readonly view: MeasuredView & Pick<FleetReader, "source">;
  readonly source: Pick<FleetSource, "stats">;
  /** Readers of WatchFleet. */
  readonly watcherCount: () => number;
}

export class FleetMetrics {
  readonly #registry = new MetricRegistry();
  readonly #loopDelay = new EventLoopDelay();

  /** Close it: the delay of the event loop is watched until then. */
  constructor(sources: FleetMetricsSources) {
    const registry = this.#registry;
    addProgramMetrics(registry, sources);
    addViewMetrics(registry, sources.view);
    addSourceMetrics(registry, sources.source, sources.view);
    registry.level(
      "portlease_fleet_watchers",
      "Live views of the fleet that are open: dashboards, and other readers of WatchFleet.",
      sources.watcherCount,
    );
    addMethodMetrics(registry, sources);
    addProcessMetrics(registry, {
      loopDelay: this.#loopDelay,
      startedWallMs: sources.facts.startedWallMs,
    });
  }

  /** Name, meaning and labels of each. */
  get descriptions(): MetricRegistry["descriptions"] {
    return this.#registry.descriptions;
  }

  /** As Prometheus reads it: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
  text(): Promise<MetricsText> {
    return this.#registry.text();
  }

  close(): void {
    this.#loopDelay.close();
  }
}
