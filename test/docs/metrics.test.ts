// docs/metrics.md against the metrics that brokers and fleet servers have, and these against the rules for their names.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MetricDescription } from "#server/metrics/metric-registry.js";
import { brokerFixture } from "../support/broker-fixture.js";
import { fleetMetricsOf } from "../support/fleet-metrics-fixture.js";
import { metricsOf } from "../support/metrics-fixture.js";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "docs", "metrics.md"), "utf8");

/** Whatever of callers could be in them is without bounds. */
const allowedLabels = new Set([
  "pool",
  "state",
  "severity",
  "operation",
  "result",
  "reason",
  "kind",
  "on",
  "binding",
  "finding",
  "file",
  "protocol",
  "statistic",
  "grpc_type",
  "grpc_service",
  "grpc_method",
  "grpc_code",
  "version",
  "host",
  "platform",
  "node_version",
]);

const documented: readonly MetricDescription[] = [
  ...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| ([^|]*?) +\| (.*?) +\|$/gm),
].map(([, name = "", kind = "", labels = "", help = ""]) => ({
  name,
  kind: kind as MetricDescription["kind"],
  labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label),
  help,
}));

const byName = (metrics: readonly MetricDescription[]): readonly MetricDescription[] =>
  metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1));

describe("docs/metrics.md", () => {
  let descriptions: readonly MetricDescription[];

  before(async () => {
    const ofBroker = metricsOf(await brokerFixture());
    const ofFleet = fleetMetricsOf();
    // What both have is the same, and stands there once.
    const all = new Map(
      [...ofBroker.descriptions, ...ofFleet.descriptions].map((m) => [m.name, m]),
    );
    for (const { name, ...rest } of ofBroker.descriptions) {
      assert.deepEqual({ name, ...rest }, all.get(name), name);
    }
    descriptions = [...all.values()];
    ofBroker.close();
    ofFleet.close();
  });

  it("has every metric as the programs have it, and no other", () => {
    assert.deepEqual(byName(documented), byName(descriptions));
  });

  it("describes metrics whose names follow Prometheus' rules", () => {
    // https://prometheus.io/docs/practices/naming/
    for (const { name, kind, help } of descriptions) {
      assert.match(name, /^(portlease|grpc_server|process|nodejs)_[a-z][a-z0-9_]*$/, name);
      assert.equal(name.endsWith("_total"), kind === "counter", name);
      if (kind === "histogram") assert.match(name, /_seconds$/, name);
      assert.doesNotMatch(name, /milliseconds|_ms$|_(count|sum|bucket)$/, name);
      assert.match(help, /^[A-Z0-9].*\.$/, name);
    }
  });

  it("describes metrics whose labels have few values", () => {
    const labels = descriptions.flatMap((metric) => metric.labels);
    assert.deepEqual(
      labels.filter((label) => !allowedLabels.has(label)),
      [],
    );
  });
});
