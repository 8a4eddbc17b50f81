// The metrics of a fleet server, read as Prometheus reads them.

import assert from "node:assert/strict";
import type { FleetMetrics, FleetMetricsSources } from "#fleet/metrics/fleet-metrics.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { FakeClock } from "../../support/fake-clock.js";
import { fleetMetricsOf, quietSource } from "../../support/fleet-metrics-fixture.js";
import { type Series, seriesIn, seriesOf } from "../../support/metrics-fixture.js";
import { SimulatedFleet, type SimulatedFleetOptions } from "../../support/simulated-fleet.js";

describe("The metrics of a fleet server", () => {
  let metrics: FleetMetrics | undefined;
  let view: FleetView;

  beforeEach(() => {
    view = new FleetView(new FakeClock());
  });

  /** Twenty hosts, told to the view. */
  function fleet(options: Partial<SimulatedFleetOptions>): SimulatedFleet {
    const simulated = new SimulatedFleet({ hostCount: 20, leasesPerHost: 10, ...options });
    simulated.tellAll(view);
    return simulated;
  }

  afterEach(() => metrics?.close());

  async function read(changed: Partial<FleetMetricsSources> = {}): Promise<Series> {
    metrics?.close();
    metrics = fleetMetricsOf({ view, ...changed });
    return seriesIn((await metrics.text()).text);
  }

  it("say in which state hosts are, each in one", async () => {
    fleet({ silentShare: 0.1, stoppedShare: 0.05 });
    assert.deepEqual(seriesOf(await read(), "portlease_fleet_hosts"), {
      'portlease_fleet_hosts{state="heard_from"}': 17,
      'portlease_fleet_hosts{state="not_heard_from"}': 2,
      'portlease_fleet_hosts{state="stopped"}': 1,
    });
  });

  it("sum leases and ports up, those of silent hosts apart", async () => {
    const { hosts, leaseCount } = fleet({ silentShare: 0.5 });
    const series = await read({ watcherCount: () => 3 });
    assert.equal(series["portlease_fleet_leases"], leaseCount);
    const stale = hosts.filter(({ state }) => state !== "heard");
    const staleLeases = stale.reduce((sum, { leases }) => sum + leases.size, 0);
    assert.equal(series["portlease_fleet_stale_leases"], staleLeases);
    const leased = leaseCount - staleLeases;
    assert.equal(series['portlease_fleet_ports{state="leased"}'], leased);
    assert.ok((series['portlease_fleet_ports{state="free"}'] ?? 0) > 0);
    assert.equal(series["portlease_fleet_changes_total"], view.changes);
    assert.equal(series["portlease_fleet_watchers"], 3);
  });

  it("count the problems of the fleet and of its hosts, each once", async () => {
    fleet({ silentShare: 0.1 });
    const series = await read();
    const problems = seriesOf(series, "portlease_fleet_problems");
    const sum = Object.values(problems).reduce((all, count) => all + count, 0);
    assert.ok(sum >= 2);
    assert.equal(sum, view.problems().length);
  });

  it("have a zero where there is nothing of a kind, so that its first one is seen as a rise", async () => {
    view.setSource({ connected: true, detail: "" });
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
    view.setSource({ connected: true, detail: "" });
    const series = await read({ source: { stats } });
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
