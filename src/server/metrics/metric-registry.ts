// The metrics of one broker: names, meanings, and how each is read when somebody asks. Nothing is counted here: what rises is
// counted where it happens, as plain numbers.

import type { Metric } from "prom-client";
import type { DurationCounts } from "../domain/duration-counts.js";

/** For a metric that is one number: what is read, or `null` when it is not known now. */
type ReadNumber = () => number | null | Promise<number | null>;

/** A value for each combination of labels. No labels may come from callers: each value is a time series for ever. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type ReadSamples = () => readonly Sample[] | Promise<readonly Sample[]>;

export interface Durations {
  readonly labels: Readonly<Record<string, string>>;
  readonly durations: DurationCounts;
}

type MetricKind = "counter" | "gauge" | "histogram";

/** What the documentation and the tests ask. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly labels: readonly string[];
}

interface NamedSample extends Sample {
  readonly metricName?: string;
}

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

export class MetricRegistry {
  readonly #metrics: Metric[] = [];
  readonly #descriptions: MetricDescription[] = [];

  get descriptions(): readonly MetricDescription[] {
    return this.#descriptions;
  }

  /** A number that only rises while the broker runs. `help` says unit and meaning. */
  counter(name: string, help: string, labels: readonly string[], read: ReadSamples): void {
    this.#add({ name, help, kind: "counter", labels }, read);
  }

  gauge(name: string, help: string, labels: readonly string[], read: ReadSamples): void {
    this.#add({ name, help, kind: "gauge", labels }, read);
  }

  /** A counter without labels. */
  total(name: string, help: string, read: ReadNumber): void {
    this.#add({ name, help, kind: "counter", labels: [] }, one(read));
  }

  /** A gauge without labels. */
  level(name: string, help: string, read: ReadNumber): void {
    this.#add({ name, help, kind: "gauge", labels: [] }, one(read));
  }

  /** `name` ends with _seconds. */
  durations(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => readonly Durations[],
  ): void {
    this.#add({ name, help, kind: "histogram", labels }, () =>
      read().flatMap((each) => histogramSamples(name, each)),
    );
  }

  async text(): Promise<MetricsText> {
    // Loaded here: no start should wait for it, and many brokers are never asked.
    const { Registry } = await import("prom-client");
    const registry = new Registry();
    for (const metric of this.#metrics) registry.registerMetric(metric);
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  #add(description: MetricDescription, read: () => unknown): void {
    const { name, help, kind } = description;
    this.#descriptions.push(description);
    const get = async () => ({ name, help, type: kind, aggregator: "sum", values: await read() });
    // All that the registry asks of a metric that is read when it is asked for.
    this.#metrics.push({ name, get } as unknown as Metric);
  }
}

function one(read: ReadNumber): () => Promise<readonly Sample[]> {
  return async () => {
    const value = await read();
    return value === null ? [] : [{ labels: {}, value }];
  };
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries */
function histogramSamples(name: string, { labels, durations }: Durations): readonly NamedSample[] {
  let count = 0;
  const buckets = [...durations.boundsMs, Infinity].map((boundMs, index) => {
    count += durations.counts[index] ?? 0;
    const le = boundMs === Infinity ? "+Inf" : String(boundMs / 1_000);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: durations.sumMs / 1_000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
