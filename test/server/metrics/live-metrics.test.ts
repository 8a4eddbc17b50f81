// The metrics of a whole broker with real sockets, after real calls.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import { LeaseCaller } from "../../support/lease-caller.js";
import { seriesIn } from "../../support/metrics-fixture.js";
import { startTestBroker, type TestBroker } from "../../support/running-broker.js";
import { WatchCaller } from "../../support/watch-caller.js";

describe("The metrics of a running broker", () => {
  let broker: TestBroker;
  let caller: LeaseCaller;

  before(async () => {
    broker = await startTestBroker();
    caller = new LeaseCaller(broker.address);
  });

  after(async () => {
    caller.close();
    await broker.dispose();
  });

  const read = async () => seriesIn((await broker.metrics()).text);
  const labels = (method: string, type = "unary") =>
    `grpc_type="${type}",grpc_service="portlease.v1.LeaseService",grpc_method="${method}"`;

  it("count its calls, and those that it turns away", async () => {
    const holder = { service: "orders" };
    const lease = await caller.acquire({ holder });
    await assert.rejects(caller.acquire({ holder, pool: "nowhere" }));
    const series = await read();
    assert.equal(series[`grpc_server_started_total{${labels("AcquireLease")}}`], 2);
    const ended = `grpc_server_handled_total{${labels("AcquireLease")}`;
    assert.equal(series[`${ended},grpc_code="OK"}`], 1);
    assert.equal(series['portlease_grants_total{pool="",result="pool_not_found"}'], 1);
    assert.equal(series["portlease_connections"], 1);
    const { text } = await broker.metrics();
    for (const secret of ["orders", lease.leaseId, lease.holderKey]) {
      assert.equal(text.includes(secret), false, secret);
    }
  });

  it("are served to whoever may see the broker", async () => {
    const response = await fetch(`http://${broker.httpAddress}/metrics`, {
      headers: { connection: "close" },
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(seriesIn(await response.text())["portlease_read_only"], 0);
  });

  it("count a watch while it is open, and how it ended", async () => {
    const watch = new WatchCaller(caller);
    await watch.snapshot();
    const open = await read();
    assert.equal(open["portlease_watch_streams"], 1);
    assert.equal(open["portlease_watch_lag_revisions"], 0);
    watch.cancel();
    const ended = `grpc_server_handled_total{${labels("WatchLeases", "server_stream")}`;
    await eventually("the watch is counted as ended", async () => {
      const series = await read();
      return (
        series["portlease_watch_streams"] === 0 && series[`${ended},grpc_code="Canceled"}`] === 1
      );
    });
  });

  it("say what the process uses, and how large the store is", async () => {
    const series = await read();
    for (const name of [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      'nodejs_heap_size_bytes{state="used"}',
      'portlease_store_bytes{file="database"}',
      'portlease_store_bytes{file="log"}',
      "portlease_last_replay_seconds",
      "portlease_history_known_since_timestamp_seconds",
    ]) {
      assert.ok((series[name] ?? 0) > 0, name);
    }
    for (const statistic of ["p50", "p99", "max"]) {
      const lag = series[`portlease_event_loop_lag_seconds{statistic="${statistic}"}`];
      assert.ok(Number.isFinite(lag) && (lag ?? -1) >= 0, statistic);
    }
  });
});
