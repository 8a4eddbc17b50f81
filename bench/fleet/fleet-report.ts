// The outcome as Markdown tables: readable on a terminal, and fit to be copied into docs/scale.md.

import { table } from "../markdown-table.js";
import type { CoreLive, LiveRow, StormRow } from "./core-live.js";
import type { CoreLoad } from "./core-load.js";
import { etcdReport } from "./etcd-report.js";
import { kilobytes, milliseconds, percent, twoDigits } from "./figures.js";
import type { FleetOutcome } from "./fleet-outcome.js";

/** Above this others took so much of the machine that not even ratios hold. */
const loadOfOthersMax = 0.5;

export function fleetReportOf(outcome: FleetOutcome): string {
  const { machine, size, core, etcd } = outcome;
  return [
    `${outcome.date.slice(0, 10)}, Node ${outcome.node.slice(1)}, ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGib} GiB, ${machine.system}, data on ${machine.disk}.`,
    `${size.hostCount} hosts with ${size.leasesPerHost} leases each on average, seed ${size.seed}, ${outcome.seconds} s for each row.`,
    ...(outcome.loadBefore > loadOfOthersMax
      ? ["WARNING: the machine was busy with other programs; measure again when it is not."]
      : []),
    ...(core === null ? [] : ["", ...loadReport(core.load), "", ...liveReport(core.live)]),
    ...(etcd === null ? [] : ["", ...etcdReport(etcd)]),
  ].join("\n");
}

function loadReport(load: CoreLoad): string[] {
  const perSecond = (entries: number, ms: number): string =>
    `${milliseconds(ms)}, ${twoDigits((entries * 1_000) / ms)} a second`;
  const entries = load.hosts * 2 + load.leases;
  return table(
    ["the view alone", "figure"],
    [
      ["hosts, leases", `${load.hosts}, ${load.leases}`],
      [
        "a host's record, a lease's, with its key",
        `${Math.round(load.hostBytes)} B, ${Math.round(load.leaseBytes)} B`,
      ],
      ["everything read in", perSecond(entries, load.loadMs)],
      ["everything told again, unchanged", perSecond(entries, load.sameAgainMs)],
      ["every lease changed at once", perSecond(load.leases, load.stormMs)],
      [
        "memory of a host, of a lease",
        `${Math.round(load.bytesPerHost)} B, ${Math.round(load.bytesPerLease)} B`,
      ],
    ],
  );
}

function liveReport({ rows, storm }: CoreLive): string[] {
  return [
    ...table(
      [
        "readers",
        "changes/s",
        "of a core",
        "change to reader p50, p99",
        "p99 / interval",
        "event loop p99, max",
        "to each reader",
        "first view",
      ],
      rows.map(liveCells),
    ),
    "",
    ...stormReport(storm),
  ];
}

function liveCells(row: LiveRow): string[] {
  const { latency } = row;
  const what = row.leases ? "hosts and leases" : "hosts";
  return [
    `${row.readers} of ${what}, every ${milliseconds(row.intervalMs)}`,
    twoDigits(row.changesPerSecond),
    percent(row.cpuShare),
    latency === null
      ? "none seen"
      : `${milliseconds(latency.p50Ms)}, ${milliseconds(latency.p99Ms)}`,
    latency === null ? "" : (latency.p99Ms / row.intervalMs).toFixed(2),
    `${milliseconds(row.loopDelayP99Ms)}, ${milliseconds(row.loopDelayMaxMs)}`,
    `${kilobytes(row.bytesPerReaderSecond)}/s`,
    milliseconds(row.firstViewMs),
  ];
}

function stormReport(storm: StormRow): string[] {
  const { latency } = storm;
  return table(
    [`storm: all hosts again, every lease changed, ${storm.readers} readers`, "figure"],
    [
      ["entries", String(storm.entries)],
      ["taken in after", milliseconds(storm.tookMs)],
      [
        "seen by the reader after the last of it",
        latency === null ? "not seen" : milliseconds(latency.maxMs),
      ],
      ["longest delay of the event loop", milliseconds(storm.loopDelayMaxMs)],
      ["to each reader", kilobytes(storm.bytesPerReader)],
    ],
  );
}
