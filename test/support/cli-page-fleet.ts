// What the fleet server of the examples in docs/cli.md answers: the same each time, so that what the page shows can be compared to the
// letter.

import {
  FindServiceResponse,
  FleetLease,
  FleetProblem,
  GetFleetResponse,
  Host,
} from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FakeFleetMethods } from "./fake-broker.js";

const time = new Date("2026-11-25T03:12:00Z");

const usage = (leased: number) => ({
  total: 256,
  free: 256 - leased,
  leased,
  quarantined: 0,
  unavailable: 0,
  largestFreeRun: 256 - leased,
});

const web = Host.fromPartial({
  hostId: "web-1",
  hostName: "web-1",
  address: "web-1.example.com",
  state: 1,
  lastHeardTime: time,
  version: "0.1.0",
  platform: "linux",
  brokerAddresses: ["web-1.example.com:7600"],
  dashboardUrl: "http://web-1.example.com:7601/",
  labels: { zone: "a" },
  startTime: new Date("2026-11-24T00:00:00Z"),
  servingState: 1,
  usage: usage(240),
  pools: [{ pool: "default", protocol: 1, kind: 4, usage: usage(240), waitingRequests: 2 }],
  problems: [
    {
      severity: 2,
      reason: "POOL_NEARLY_FULL",
      message: "16 of 256 ports of the pool default are free",
      remedy: "portlease pools set default --max-size 512",
      pool: "default",
    },
  ],
  leases: 240,
});

const silent = Host.fromPartial({
  ...web,
  hostId: "web-2",
  hostName: "web-2",
  address: "web-2.example.com",
  state: 2,
  probe: 2,
  probeTime: time,
  usage: usage(12),
  problems: [],
  leases: 12,
});

const lease = FleetLease.fromPartial({
  hostId: "web-1",
  leaseId: "01phak3ez5a-89pqsvtv",
  state: 1,
  pool: "default",
  protocol: 1,
  port: 20_417,
  portCount: 1,
  service: "orders",
  instance: "blue",
  labels: { zone: "a" },
  ttl: { seconds: 30n },
  createTime: time,
  generation: 7n,
  binding: 2,
});

const stale = FleetLease.fromPartial({
  ...lease,
  hostId: "web-2",
  leaseId: "01phak3ez5b-fw3949my",
  state: 2,
  staleAge: { seconds: 90n },
  port: 20_420,
  instance: "green",
});

const problems = [
  FleetProblem.fromPartial({
    hostId: "web-2",
    problem: {
      severity: 3,
      reason: "HOST_NOT_HEARD_FROM",
      message:
        "web-2 is not heard from: the host answers and nothing listens at its broker's address",
      remedy: "start the broker on web-2: portlease serve",
    },
  }),
  FleetProblem.fromPartial({ hostId: "web-1", problem: web.problems[0] ?? {} }),
];

export const pageFleet: FakeFleetMethods = {
  getFleet: () =>
    GetFleetResponse.fromPartial({
      version: "0.1.0",
      source: {
        kind: 1,
        addresses: ["etcd-1.example.com:2379"],
        connected: true,
        lastHeardTime: time,
      },
      hosts: 2,
      hostsHeardFrom: 1,
      hostsNotHeardFrom: 1,
      leases: 252,
      staleLeases: 12,
      usage: usage(240),
    }),
  listHosts: () => ({ hosts: [web, silent], nextPageToken: "", totalSize: 2 }),
  getHost: () => ({ host: web }),
  listFleetLeases: () => ({ leases: [lease, stale], nextPageToken: "", totalSize: 2 }),
  findService: () =>
    FindServiceResponse.fromPartial({
      endpoints: [{ address: "web-1.example.com", port: 20_417, lease }],
    }),
  listProblems: () => ({ problems, nextPageToken: "", totalSize: problems.length }),
  forgetHost: () => ({ forgottenLeases: 12 }),
};
