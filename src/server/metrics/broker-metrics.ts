// All metrics of a broker, put together.

import { X509Certificate } from "node:crypto";
import type { TlsIdentity } from "../access/tls-material.js";
import type { Broker } from "../domain/broker.js";
import type { Clock } from "../domain/boundaries.js";
import { addAuditMetrics } from "./audit-metrics.js";
import { addBlockMetrics } from "./block-metrics.js";
import { addCallMetrics, type CallSource } from "./call-metrics.js";
import { EventLoopDelay } from "./event-loop-delay.js";
import { ExcludedPorts, type ReadExcludedRanges } from "./excluded-ports.js";
import { addLeaseMetrics } from "./lease-metrics.js";
import { MetricRegistry, type MetricsText } from "./metric-registry.js";
import { addPoolMetrics } from "./pool-metrics.js";
import { addProcessMetrics } from "./process-metrics.js";
import { addStoreMetrics, type StoreSource } from "./store-metrics.js";

export interface MetricsSources extends CallSource, StoreSource {
  readonly broker: Broker;
  /** What never changes while the broker runs. */
  readonly facts: {
    readonly version: string;
    readonly host: string;
    readonly platform: string;
    readonly startedWallMs: number;
  };
  /** How long the start took until the leases were back. */
  readonly replayMs: number;
  /** The certificate in use; `null`: no TLS. */
  readonly tls: () => Pick<TlsIdentity, "cert"> | null;
  readonly excludedRanges: ReadExcludedRanges;
  readonly clock: Clock;
}

export class BrokerMetrics {
  readonly #registry = new MetricRegistry();
  readonly #loopDelay = new EventLoopDelay();

  /** Close it: the delay of the event loop is watched until then. */
  constructor(sources: MetricsSources) {
    const { broker, facts } = sources;
    const registry = this.#registry;
    addFacts(registry, sources);
    addPoolMetrics(registry, broker);
    addLeaseMetrics(registry, broker);
    addBlockMetrics(registry, broker);
    addAuditMetrics(registry, broker);
    addStoreMetrics(registry, sources);
    addCallMetrics(registry, sources);
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

function addFacts(registry: MetricRegistry, sources: MetricsSources): void {
  const { facts, replayMs, tls } = sources;
  registry.gauge(
    "portlease_build_info",
    "Always 1; its labels say what runs where.",
    ["version", "host", "platform", "node_version"],
    () => {
      const { version, host, platform } = facts;
      return [{ labels: { version, host, platform, node_version: process.version }, value: 1 }];
    },
  );
  registry.level(
    "portlease_last_replay_seconds",
    "Seconds that the last start took until the store was read and leases and blocks were back.",
    () => replayMs / 1_000,
  );
  registry.level(
    "portlease_certificate_expiry_timestamp_seconds",
    "When the certificate that new connections get ends, in seconds since 1970. Not there without TLS.",
    () => {
      const identity = tls();
      if (identity === null) return null;
      return Date.parse(new X509Certificate(identity.cert).validTo) / 1_000;
    },
  );
  const excluded = new ExcludedPorts(sources.excludedRanges, sources.clock);
  registry.gauge(
    "portlease_os_excluded_ports",
    "Ports that the operating system keeps out of its own picks, the broker's blocks among them. At most a minute old.",
    ["protocol"],
    () => excluded.samples(),
  );
}
