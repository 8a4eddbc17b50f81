// The metrics of a real lease core, read as Prometheus reads them.

import assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { RpcCounters } from "#server/grpc/rpc-counters.js";
import type { BrokerMetrics, MetricsSources } from "#server/metrics/broker-metrics.js";
import {
  brokerFixture,
  type BrokerFixture,
  request,
  settle,
} from "../../support/broker-fixture.js";
import { CertificateAuthority } from "../../support/certificates.js";
import { metricsOf, type Series, seriesIn, seriesOf } from "../../support/metrics-fixture.js";

describe("The metrics of a broker", () => {
  let fixture: BrokerFixture;
  let metrics: BrokerMetrics | undefined;

  beforeEach(async () => {
    fixture = await brokerFixture({ policy: { size: 4, sizeMax: 6, portCountMax: 4 } });
  });

  afterEach(() => metrics?.close());

  async function read(changed: Partial<MetricsSources> = {}): Promise<Series> {
    metrics?.close();
    metrics = metricsOf(fixture, changed);
    return seriesIn((await metrics.text()).text);
  }

  it("are the text that Prometheus asks for", async () => {
    metrics = metricsOf(fixture);
    const { contentType, text } = await metrics.text();
    assert.equal(contentType, "text/plain; version=0.0.4; charset=utf-8");
    assert.match(text, /^# HELP portlease_leases Leases that are on disk now\.$/m);
    assert.match(text, /^# TYPE portlease_leases gauge$/m);
  });

  it("say in which state the ports of a pool are, each in one", async () => {
    const { broker, block } = fixture;
    const { lease } = await broker.acquire(request());
    await broker.acquire(request());
    await broker.release(lease.record.leaseId, lease.holderKey, false);
    const ports = seriesOf(await read(), "portlease_pool_ports");
    assert.deepEqual(ports, {
      'portlease_pool_ports{pool="default",state="free"}': 2,
      'portlease_pool_ports{pool="default",state="pinned"}': 0,
      'portlease_pool_ports{pool="default",state="leased"}': 1,
      'portlease_pool_ports{pool="default",state="quarantined"}': 1,
      'portlease_pool_ports{pool="default",state="unavailable"}': 0,
      'portlease_pool_ports{pool="default",state="draining"}': 0,
    });
    await broker.blocks.setDraining(block, true);
    const drained = await read();
    assert.equal(drained['portlease_pool_ports{pool="default",state="free"}'], 0);
    assert.equal(drained['portlease_pool_ports{pool="default",state="draining"}'], 2);
    assert.equal(drained['portlease_pool_largest_free_run_ports{pool="default"}'], 0);
    assert.equal(drained['portlease_blocks{pool="default",kind="held",state="draining"}'], 1);
  });

  it("tell pinned ports from those that anybody may have", async () => {
    const pins = [{ port: 20_001, service: "billing", instance: "" }];
    fixture = await brokerFixture({ policy: { size: 4, sizeMax: 6, pins } });
    const series = await read();
    assert.equal(series['portlease_pool_ports{pool="default",state="free"}'], 3);
    assert.equal(series['portlease_pool_ports{pool="default",state="pinned"}'], 1);
    assert.equal(series['portlease_pool_size_ports{pool="default"}'], 4);
    assert.equal(series['portlease_pool_max_ports{pool="default"}'], 6);
    assert.equal(series['portlease_pool_largest_free_run_ports{pool="default"}'], 2);
  });

  it("count grants and refusals from zero on, in buckets that add up", async () => {
    const { broker } = fixture;
    assert.equal((await read())['portlease_grants_total{pool="default",result="ok"}'], 0);
    await broker.acquire(request({ portCount: 4 }));
    await assert.rejects(broker.acquire(request()));
    const series = await read();
    assert.equal(series['portlease_grants_total{pool="default",result="ok"}'], 1);
    assert.equal(series['portlease_grants_total{pool="default",result="pool_full"}'], 1);
    const name = "portlease_grant_duration_seconds";
    assert.equal(series[`${name}_bucket{pool="default",le="0.001"}`], 1);
    assert.equal(series[`${name}_bucket{pool="default",le="+Inf"}`], 1);
    assert.equal(series[`${name}_count{pool="default"}`], 1);
    assert.equal(series[`${name}_sum{pool="default"}`], 0);
  });

  it("count ends, expirations and renewals", async () => {
    const { broker, clock } = fixture;
    const { lease } = await broker.acquire(request());
    await broker.renew(lease.record.leaseId, lease.holderKey, null);
    clock.advance(31_000);
    assert.equal((await read())["portlease_expiry_lag_seconds"], 1);
    broker.advance();
    await settle();
    const series = await read();
    assert.equal(series['portlease_renewals_total{result="ok"}'], 1);
    assert.equal(series['portlease_lease_ends_total{pool="default",reason="expired"}'], 1);
    assert.equal(series["portlease_expirations_total"], 1);
    assert.equal(series["portlease_expiry_delay_seconds_sum"], 1);
    assert.equal(series["portlease_leases"], 0);
  });

  it("say who waits in line", async () => {
    const { broker } = fixture;
    await broker.acquire(request({ portCount: 4 }));
    const waiting = broker.acquire(request({ maxWaitMs: 1_000 }));
    assert.equal((await read())['portlease_pool_waiting_requests{pool="default"}'], 1);
    broker.stopGranting();
    await assert.rejects(waiting);
  });

  it("say that the store cannot write, and what it wrote", async () => {
    const { broker, store } = fixture;
    await broker.acquire(request());
    store.failure = "before";
    await assert.rejects(broker.acquire(request()));
    const series = await read();
    assert.equal(series["portlease_read_only"], 1);
    assert.equal(series["portlease_store_commit_failures_total"], 1);
    assert.equal(series["portlease_store_changes_total"], 1);
    assert.equal(series["portlease_store_commit_seconds_count"], 1);
  });

  it("say which ports are not covered", async () => {
    fixture.reservation.inUse.add(20_002);
    assert.equal((await read())['portlease_uncovered_ports{pool="default"}'], 1);
  });

  it("say where the history begins, and nothing while that cannot be read", async () => {
    const name = "portlease_history_known_since_timestamp_seconds";
    const found = { changes: [], searchedTo: 0, complete: true, oldestWallMs: 5_000 };
    const known = await read({ history: { searchChanges: () => Promise.resolve(found) } });
    assert.equal(known[name], 5);
    const fails = { searchChanges: () => Promise.reject(new Error("closed")) };
    assert.equal(name in (await read({ history: fails })), false);
  });

  it("say when the certificate ends that is in use now", async () => {
    const notAfter = new Date("2031-01-02T03:04:05Z");
    const { cert } = new CertificateAuthority().issue({ commonName: "broker", notAfter });
    const identity = { cert: Buffer.from(cert) };
    const name = "portlease_certificate_expiry_timestamp_seconds";
    assert.equal(name in (await read()), false);
    const series = await read({ tls: () => identity });
    assert.equal(series[name], notAfter.getTime() / 1_000);
  });

  it("count calls under the names of other gRPC servers", async () => {
    const calls = new RpcCounters(fixture.clock);
    const acquire = calls.of(LeaseServiceService.acquireLease);
    const never = calls.of(LeaseServiceService.renewLease);
    acquire.begin()(status.OK);
    acquire.begin()(status.RESOURCE_EXHAUSTED);
    const method =
      'grpc_type="unary",grpc_service="portlease.v1.LeaseService",grpc_method="AcquireLease"';
    const series = await read({ calls });
    assert.equal(series[`grpc_server_started_total{${method}}`], 2);
    assert.equal(series[`grpc_server_handled_total{${method},grpc_code="OK"}`], 1);
    assert.equal(series[`grpc_server_handled_total{${method},grpc_code="ResourceExhausted"}`], 1);
    assert.equal(series[`grpc_server_handling_seconds_count{${method}}`], 2);
    // Its counters begin at zero; of how long it takes nothing is known.
    const unused = method.replace("AcquireLease", "RenewLease");
    assert.equal(never.started, 0);
    assert.equal(series[`grpc_server_started_total{${unused}}`], 0);
    assert.equal(`grpc_server_handling_seconds_count{${unused}}` in series, false);
  });

  it("look up what the operating system excludes once a minute, and count no port twice", async () => {
    let looks = 0;
    metrics = metricsOf(fixture, {
      excludedRanges: (protocol) => {
        looks += 1;
        if (protocol === "udp") return Promise.resolve(null);
        return Promise.resolve([
          { firstPort: 105, portCount: 10 },
          { firstPort: 100, portCount: 10 },
        ]);
      },
    });
    const name = "portlease_os_excluded_ports";
    for (const each of [1, 2]) {
      const series = seriesOf(seriesIn((await metrics.text()).text), name);
      assert.deepEqual(series, { [`${name}{protocol="tcp"}`]: 15 }, String(each));
    }
    assert.equal(looks, 2);
    fixture.clock.advance(60_001);
    await metrics.text();
    assert.equal(looks, 4);
  });
});
