// The metrics of a fleet server, read as Prometheus reads them.

import assert from "node:assert/strict";
import type { FleetMetrics, FleetMetricsSources } from "#fleet/metrics/fleet-metrics.js";
import { emptyFleet, fleetMetricsOf, quietSource } from "../../support/fleet-metrics-fixture.js";
import { type Series, seriesIn, seriesOf } from "../../support/metrics-fixture.js";

describe("The metrics of a fleet server", () => {
  let metrics: FleetMetrics | undefined;

  afterEach(() => metrics?.close());

  async function read(changed: Partial<FleetMetricsSources> = {}): Promise<Series> {
    metrics?.close();
    metrics = fleetMetricsOf(changed);
    return seriesIn((await metrics.text()).text);
  }

  it("say in which state hosts are, each in one", async () => {
    const hosts = { heardFrom: 7, notHeardFrom: 2, stopped: 1 };
    const series = await read({ numbers: () => ({ ...emptyFleet, hosts }) });
    assert.deepEqual(seriesOf(series, "portlease_fleet_hosts"), {
      'portlease_fleet_hosts{state="heard_from"}': 7,
      'portlease_fleet_hosts{state="not_heard_from"}': 2,
      'portlease_fleet_hosts{state="stopped"}': 1,
    });
  });

  it("sum leases, ports and problems up over all hosts", async () => {
    const numbers = () => ({
      ...emptyFleet,
      leases: 90,
      staleLeases: 20,
      ports: { free: 10, leased: 70, quarantined: 5, unavailable: 3 },
      problems: { critical: 1, warning: 2, info: 4 },
      changes: 1_000,
    });
    const series = await read({ numbers, watcherCount: () => 3 });
    assert.equal(series["portlease_fleet_leases"], 90);
    assert.equal(series["portlease_fleet_stale_leases"], 20);
    assert.equal(series['portlease_fleet_ports{state="free"}'], 10);
    assert.equal(series['portlease_fleet_ports{state="unavailable"}'], 3);
    assert.equal(series['portlease_fleet_problems{severity="critical"}'], 1);
    assert.equal(series['portlease_fleet_problems{severity="info"}'], 4);
    assert.equal(series["portlease_fleet_changes_total"], 1_000);
    assert.equal(series["portlease_fleet_watchers"], 3);
  });

  it("have a zero where there is nothing of a kind, so that its first one is seen as a rise", async () => {
    const series = await read();
    assert.equal(Object.keys(seriesOf(series, "portlease_fleet_hosts")).length, 3);
    assert.equal(Object.keys(seriesOf(series, "portlease_fleet_ports")).length, 4);
    assert.deepEqual(Object.values(seriesOf(series, "portlease_fleet_problems")), [0, 0, 0]);
  });

  it("say whether the source is heard, for how long it is silent, and what it took", async () => {
    const stats = {
      snapshots: 1,
      resumes: 2,
      compactions: 3,
      events: 4,
      failures: 5,
      retired: 6,
      unreadable: 7,
      sinceHeardMs: 1_500,
    };
    const series = await read({ source: { stats }, sourceState: () => ({ connected: true }) });
    const name = (rest: string): string => `portlease_fleet_${rest}`;
    assert.equal(series[name("source_connected")], 1);
    assert.equal(series[name("source_silence_seconds")], 1.5);
    assert.equal(series[name("source_snapshots_total")], 1);
    assert.equal(series[name("source_resumes_total")], 2);
    assert.equal(series[name("source_compactions_total")], 3);
    assert.equal(series[name("source_events_total")], 4);
    assert.equal(series[name("source_failures_total")], 5);
    assert.equal(series[name("retired_hosts_total")], 6);
    assert.equal(series[name("unreadable_entries")], 7);
  });

  it("say nothing of the silence of a source that never was heard", async () => {
    const series = await read({ source: { stats: quietSource } });
    assert.equal(series["portlease_fleet_source_connected"], 0);
    assert.equal("portlease_fleet_source_silence_seconds" in series, false);
  });

  it("name the program, its calls and its process as brokers' do", async () => {
    const series = await read({ connectionCount: () => 5 });
    assert.equal(series["portlease_connections"], 5);
    for (const start of [
      'portlease_build_info{version="1.2.3"',
      "process_resident_memory_bytes",
      'portlease_event_loop_lag_seconds{statistic="p99"}',
    ]) {
      assert.ok(
        Object.keys(series).some((key) => key.startsWith(start)),
        start,
      );
    }
  });

  it("has no label that names a host, a lease or a service of the fleet", () => {
    metrics = fleetMetricsOf();
    const labels = metrics.descriptions
      .filter(({ name }) => name.startsWith("portlease_fleet_"))
      .flatMap((each) => each.labels);
    assert.deepEqual(new Set(labels), new Set(["state", "severity"]));
  });
});
