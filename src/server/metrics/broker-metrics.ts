// All metrics of a broker, put together.

import type { Broker } from "../domain/broker.js";
import type { Clock } from "../domain/boundaries.js";
import type { FleetStats } from "../fleet/fleet-stats.js";
import { addAuditMetrics } from "./audit-metrics.js";
import { addBlockMetrics } from "./block-metrics.js";
import { EventLoopDelay } from "./event-loop-delay.js";
import { ExcludedPorts, type ReadExcludedRanges } from "./excluded-ports.js";
import { addFleetPublisherMetrics } from "./fleet-publisher-metrics.js";
import { addLeaseMetrics } from "./lease-metrics.js";
import { addMethodMetrics, type MethodSource } from "./method-metrics.js";
import { MetricRegistry, type MetricsText } from "./metric-registry.js";
import { addPoolMetrics } from "./pool-metrics.js";
import { addProcessMetrics } from "./process-metrics.js";
import { addProgramMetrics, type ProgramSource } from "./program-metrics.js";
import { addStoreMetrics, type StoreSource } from "./store-metrics.js";
import { addStreamMetrics, type StreamSource } from "./stream-metrics.js";

export interface MetricsSources extends ProgramSource, MethodSource, StreamSource, StoreSource {
  readonly broker: Broker;
  /** How long the start took until the leases were back. */
  readonly replayMs: number;
  readonly excludedRanges: ReadExcludedRanges;
  /** `null`: the broker publishes to no fleet. */
  readonly fleetPublisher: () => FleetStats | null;
  readonly clock: Clock;
}

export class BrokerMetrics {
  readonly #registry = new MetricRegistry();
  readonly #loopDelay = new EventLoopDelay();

  /** Close it: the delay of the event loop is watched until then. */
  constructor(sources: MetricsSources) {
    const { broker, facts } = sources;
    const registry = this.#registry;
    addProgramMetrics(registry, sources);
    addStart(registry, sources);
    addPoolMetrics(registry, broker);
    addLeaseMetrics(registry, broker);
    addBlockMetrics(registry, broker);
    addAuditMetrics(registry, broker);
    addStoreMetrics(registry, sources);
    addFleetPublisherMetrics(registry, sources.fleetPublisher);
    addMethodMetrics(registry, sources);
    addStreamMetrics(registry, sources);
    addProcessMetrics(registry, {
      loopDelay: this.#loopDelay,
      startedWallMs: facts.startedWallMs,
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

function addStart(registry: MetricRegistry, sources: MetricsSources): void {
  const { replayMs } = sources;
  registry.level(
    "portlease_last_replay_seconds",
    "Seconds that the last start took until the store was read and leases and blocks were back.",
    () => replayMs / 1_000,
  );
  const excluded = new ExcludedPorts(sources.excludedRanges, sources.clock);
  registry.gauge(
    "portlease_os_excluded_ports",
    "Ports that the operating system keeps out of its own picks, the broker's blocks among them. At most a minute old.",
    ["protocol"],
    () => excluded.samples(),
  );
}
