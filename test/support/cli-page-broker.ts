// The broker of the examples in docs/cli.md: it answers the same each time, so that what the page shows can be compared to the letter.

import {
  AuditPortsResponse,
  ExplainPortResponse,
  GetBrokerResponse,
  GetConfigResponse,
  GetUsageHistoryResponse,
  ListLeaseEventsResponse,
  ListPinsResponse,
  ListQuotasResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import { AcquireLeaseResponse } from "@portlease/proto/portlease/v1/lease_service.js";
import { Block, Pool } from "@portlease/proto/portlease/v1/pool.js";
import { pageFleet } from "./cli-page-fleet.js";
import { type FakeBroker, startFakeBroker } from "./fake-broker.js";

const time = new Date("2026-11-25T03:12:00Z");
const usage = {
  total: 256,
  free: 250,
  leased: 5,
  quarantined: 1,
  unavailable: 0,
  largestFreeRun: 240,
};

const orders = Lease.fromPartial({
  leaseId: "01phak3ez5a-89pqsvtv",
  pool: "default",
  protocol: 1,
  port: 20_417,
  portCount: 1,
  state: 1,
  holder: { service: "orders", instance: "blue", labels: { team: "shop" } },
  ttl: { seconds: 30n },
  remaining: { seconds: 21n },
  createTime: time,
  generation: 7n,
  revision: 7n,
  binding: 2,
});
const reports = Lease.fromPartial({
  ...orders,
  leaseId: "01phak3ez5b-fw3949my",
  port: 20_420,
  portCount: 4,
  holder: { service: "reports", instance: "" },
  binding: 3,
});
const pool = Pool.fromPartial({
  pool: "default",
  protocol: 1,
  kind: 4,
  defaultTtl: { seconds: 30n },
  minTtl: { seconds: 5n },
  maxTtl: { seconds: 3_600n },
  quarantine: { seconds: 5n },
  maxPortCount: 64,
  maxSize: 256,
  pickPolicy: 1,
  usage,
});
const block = Block.fromPartial({
  blockId: "default-tcp-20256",
  pool: "default",
  protocol: 1,
  kind: 4,
  firstPort: 20_256,
  portCount: 256,
  state: 2,
  usage,
});
const host = GetBrokerResponse.fromPartial({
  version: "0.1.0",
  host: "db1",
  platform: "linux",
  autoKind: 4,
  processId: 4_711,
  uptime: { seconds: 90_000n },
  activeLeases: 2,
  usage,
  servingState: 1,
  dataDirectory: "/var/lib/portlease",
  addresses: ["127.0.0.1:7600"],
  dashboardUrl: "http://127.0.0.1:7601/",
  problems: [
    {
      severity: 3,
      reason: "PORT_TAKEN_BY_STRANGER",
      message: "port 20420, leased by reports, is bound by process 999 (nginx)",
      remedy: "stop process 999, or have reports acquire another port",
    },
  ],
});

/** Answers what the page asks for. */
export function startPageBroker(): Promise<FakeBroker> {
  return startFakeBroker(
    {
      acquireLease: () =>
        AcquireLeaseResponse.fromPartial({
          lease: orders,
          holderKey: "the-key",
          reservations: [{ protocol: 1, kind: 4, firstPort: 20_417, portCount: 1, bindMethod: 3 }],
        }),
      renewLease: () => ({ lease: orders, reservations: [], warnings: [] }),
      releaseLease: () => ({ alreadyEnded: false, quarantine: { seconds: 5n, nanos: 0 } }),
      getLease: () => ({ lease: orders }),
      listLeases: () => ({
        leases: [orders, reports],
        nextPageToken: "",
        totalSize: 2,
        revision: 7n,
      }),
    },
    {
      getBroker: () => host,
      listPools: () => ({ pools: [pool], nextPageToken: "" }),
      updatePool: () => ({ pool: { ...pool, adjusted: true } }),
      listBlocks: () => ({ blocks: [block], nextPageToken: "" }),
      drainBlock: () => ({ block: { ...block, state: 3 } }),
      reserveBlock: () => ({
        block: { ...block, blockId: "web-tcp-9000", firstPort: 9_000, portCount: 50, pool: "web" },
      }),
      removeBlock: () => ({ revokedLeases: 2 }),
      revokeLease: () => ({ lease: reports }),
      listPins: () =>
        ListPinsResponse.fromPartial({
          pins: [{ pool: "default", port: 20_417, service: "orders", source: 2 }],
        }),
      pinPort: () => ({ leasedToAnother: false }),
      unpinPort: () => ({}),
      listQuotas: () =>
        ListQuotasResponse.fromPartial({
          quotas: [
            { pool: "default", service: "*", maxPorts: 20, usedPorts: 4, source: 1 },
            { pool: "default", service: "orders", maxPorts: 50, usedPorts: 1, source: 2 },
          ],
        }),
      setQuota: ({ service, maxPorts }) => ({
        quota: { pool: "default", service, maxPorts, usedPorts: 1, source: 2 },
      }),
      getConfig: () =>
        GetConfigResponse.fromPartial({
          config: { listen: "127.0.0.1:7600", log: { level: "info" } },
          sources: { listen: "default", "log.level": "environment" },
        }),
      reloadConfig: () => ({
        applied: ["log.level: from info to debug"],
        needsRestart: [
          "listen stays 127.0.0.1:7600 and is to be 127.0.0.1:7700: clients know the broker by it",
        ],
        failed: [],
      }),
      getUsageHistory: () =>
        GetUsageHistoryResponse.fromPartial({
          samples: Array.from({ length: 73 }, (_, index) => ({
            sampleTime: new Date(time.getTime() + index * 50_000),
            usage: { ...usage, leased: 3 * index, free: 256 - 3 * index },
            grants: 3,
          })),
          interval: { seconds: 10n },
          timeToExhaustion: { seconds: 1_200n },
        }),
      listLeaseEvents: () =>
        ListLeaseEventsResponse.fromPartial({
          events: [{ revision: 7n, eventTime: time, type: 1, lease: orders }],
          knownSince: new Date("2026-11-01T00:00:00Z"),
        }),
      explainPort: () =>
        ExplainPortResponse.fromPartial({
          bindable: false,
          summary: "port 20417 is leased to orders",
          findings: [
            {
              reason: "LEASED",
              message: "orders has a lease of it for 21 s more",
              remedy: "let the broker pick a port: portlease acquire",
              blocking: true,
            },
          ],
        }),
      auditPorts: () =>
        AuditPortsResponse.fromPartial({
          findings: [
            {
              port: 20_420,
              protocol: 1,
              binding: 3,
              leaseId: reports.leaseId,
              processId: 999,
              processName: "nginx",
              message: "somebody else is bound to the port of reports",
            },
          ],
          leasedPorts: 5,
          boundPorts: 4,
        }),
    },
    pageFleet,
  );
}
