// What a broker's metrics say of its publishing to a fleet.

import assert from "node:assert/strict";
import type { FleetStats } from "#server/fleet/fleet-stats.js";
import { addFleetPublisherMetrics } from "#server/metrics/fleet-publisher-metrics.js";
import { MetricRegistry } from "#server/metrics/metric-registry.js";
import { type Series, seriesIn } from "../../support/metrics-fixture.js";

async function read(stats: FleetStats | null): Promise<Series> {
  const registry = new MetricRegistry();
  addFleetPublisherMetrics(registry, () => stats);
  return seriesIn((await registry.text()).text);
}

const publishing: FleetStats = {
  connected: true,
  hostIdTaken: false,
  pending: 2,
  puts: 30,
  deletes: 4,
  transactions: 5,
  failures: 6,
  reconciles: 7,
  lastReconcileDifferences: 8,
  lastSuccessWallMs: 1_767_225_600_500,
};

describe("The metrics of a broker that publishes to a fleet", () => {
  it("say whether it is told, what waits, and what was done", async () => {
    assert.deepEqual(await read(publishing), {
      portlease_fleet_publisher_connected: 1,
      portlease_fleet_publisher_host_id_taken: 0,
      portlease_fleet_publisher_pending: 2,
      'portlease_fleet_publisher_published_total{operation="put"}': 30,
      'portlease_fleet_publisher_published_total{operation="delete"}': 4,
      portlease_fleet_publisher_transactions_total: 5,
      portlease_fleet_publisher_failures_total: 6,
      portlease_fleet_publisher_reconciles_total: 7,
      portlease_fleet_publisher_last_success_timestamp_seconds: 1_767_225_600.5,
    });
  });

  it("tell a broker whose host's id is another's from one that does not reach etcd", async () => {
    const series = await read({ ...publishing, connected: false, hostIdTaken: true });
    assert.equal(series["portlease_fleet_publisher_connected"], 0);
    assert.equal(series["portlease_fleet_publisher_host_id_taken"], 1);
  });

  it("say no time of a success before the first one", async () => {
    const series = await read({ ...publishing, connected: false, lastSuccessWallMs: null });
    assert.equal(series["portlease_fleet_publisher_connected"], 0);
    assert.equal("portlease_fleet_publisher_last_success_timestamp_seconds" in series, false);
  });

  it("are not there where it publishes to none, so that no alert takes it for one that cannot", async () => {
    assert.deepEqual(await read(null), {});
  });
});
