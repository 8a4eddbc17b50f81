// What the scripted broker answers to each unary call, and what it says has happened.

import type { Scenario } from "./scenarios.js";

export interface ScriptedAnswer {
  readonly status: number;
  readonly json: unknown;
}

export function scenarioAnswer(
  scenario: Scenario,
  method: string,
  request: Readonly<Record<string, unknown>>,
): ScriptedAnswer {
  switch (method) {
    case "ListLeases":
      return { status: 200, json: leasePage(scenario, request) };
    case "ListLeaseEvents":
      return { status: 200, json: { events: leaseStory(scenario, request), nextPageToken: "" } };
    case "GetUsageHistory":
      return { status: 200, json: usageHistory(scenario, request) };
    case "ExplainPort":
      return { status: 200, json: explanation(scenario, Number(request["port"])) };
    default: {
      const message =
        "revoking and draining need the role admin; this call is a viewer's: send the admin token";
      return { status: 403, json: { code: "permission_denied", message } };
    }
  }
}

type Json = Record<string, unknown>;

function leasePage(scenario: Scenario, { pageSize, pageToken, filter }: Readonly<Json>): Json {
  const port = /\bport = (\d+)/.exec(String(filter))?.[1];
  const leaseId = /\blease_id = "([^"*]+)"$/.exec(String(filter))?.[1];
  const all = scenario.ports
    .leases()
    .filter((lease) => port === undefined || lease["port"] === Number(port))
    .filter((lease) => leaseId === undefined || lease["leaseId"] === leaseId);
  const begin = Number(pageToken || 0);
  const end = begin + Number(pageSize);
  const nextPageToken = end < all.length ? String(end) : "";
  return { leases: all.slice(begin, end), nextPageToken, totalSize: all.length, revision: "48213" };
}

function findLease(scenario: Scenario, leaseId: unknown): Json | undefined {
  const leases = scenario.ports.leases();
  return leases.find((lease) => lease["leaseId"] === leaseId) ?? leases[0];
}

function leaseStory(scenario: Scenario, { leaseId }: Readonly<Json>): Json[] {
  const lease = typeof leaseId === "string" ? findLease(scenario, leaseId) : undefined;
  if (lease === undefined) return [];
  const at = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();
  const event = (
    revision: number,
    seconds: number,
    type: string,
    more: Json,
    detail = "",
  ): Json => ({
    revision: String(revision),
    eventTime: at(seconds),
    type,
    lease: { ...lease, ...more },
    actor: revision === 40_001 ? "token:ci" : "broker",
    detail,
  });
  return [
    event(40_001, 600, "TYPE_GRANTED", { binding: "BINDING_UNSPECIFIED" }),
    event(40_004, 595, "TYPE_BINDING_CHANGED", { binding: "BINDING_BOUND" }),
    event(40_090, 300, "TYPE_PROTECTION_CHANGED", { unprotected: true }),
    event(
      40_120,
      40,
      "TYPE_BINDING_CHANGED",
      { binding: "BINDING_STRANGER" },
      "bound by node (process 48112)",
    ),
  ];
}

function usageHistory(scenario: Scenario, { window }: Readonly<Json>): Json {
  const seconds = Number.parseInt(String(window), 10);
  const step = seconds > 3_600 ? 60 : 10;
  const usage = scenario.ports.usage();
  const count = Math.floor(seconds / step);
  const samples = Array.from({ length: count }, (_, index) => {
    const share = 0.62 + 0.38 * (index / count) + 0.05 * Math.sin(index / 9);
    const leased = Math.min(usage.total, Math.max(0, Math.round(usage.leased * share)));
    const quarantined = Math.round(
      usage.quarantined * (0.6 + 0.4 * Math.abs(Math.sin(index / 14))),
    );
    return {
      sampleTime: new Date(Date.now() - (count - index) * step * 1_000).toISOString(),
      usage: { ...usage, leased, quarantined },
      grants: Math.max(0, Math.round(3 + 3 * Math.sin(index / 5))),
      refusals: usage.free === 0 && index > count * 0.9 ? 2 : 0,
      releases: 2,
      losses: 0,
    };
  });
  const nearlyFull = usage.free > 0 && usage.free < usage.total * 0.1;
  return { samples, interval: `${step}s`, ...(nearlyFull ? { timeToExhaustion: "720s" } : {}) };
}

function explanation(scenario: Scenario, port: number): Json {
  const lease = scenario.ports.leases().find((each) => each["port"] === port);
  return {
    bindable: false,
    summary: `${port} belongs to a block of portlease and is held for its lessees; a process without a lease gets EADDRINUSE.`,
    findings: [
      {
        reason: lease === undefined ? "IN_BLOCK" : "LEASED",
        message: `TCP ${port} lies in the block 20224-20479 of the pool default, which the broker holds.`,
        remedy: `portlease run --service my-service --port ${port} -- node server.js`,
        blocking: true,
      },
      {
        reason: "DYNAMIC_RANGE",
        message:
          "It lies outside of the range 32768-60999 from which the operating system picks ports by itself.",
        remedy: "",
        blocking: false,
      },
    ],
    ...(lease === undefined ? {} : { lease }),
    block: scenario.blocks[0],
  };
}

/** The oldest first. */
export function scenarioEvents(scenario: Scenario): Json[] {
  const leases = scenario.ports.leases().slice(0, 18);
  return leases.map((lease, index) => {
    const eventTime = new Date(Date.now() - (leases.length - index) * 7_000).toISOString();
    if (index % 7 === 5) {
      const message = "The kernel was asked again for the block 20224-20479: all of it is held.";
      return {
        eventTime,
        notice: {
          severity: "SEVERITY_INFO",
          reason: "BLOCK_CHECKED",
          message,
          blockId: "",
          port: 0,
        },
      };
    }
    const isEnd = index % 4 === 3;
    return {
      eventTime,
      lease: {
        revision: String(48_000 + index),
        eventTime,
        type: isEnd ? "TYPE_ENDED" : index % 4 === 1 ? "TYPE_BINDING_CHANGED" : "TYPE_GRANTED",
        lease: isEnd
          ? { ...lease, endReason: `LEASE_END_REASON_${index % 8 === 3 ? "RELEASED" : "EXPIRED"}` }
          : lease,
        actor: "",
        detail: "",
      },
    };
  });
}
