// What was measured through etcd, as Markdown tables.

import { table } from "../markdown-table.js";
import type { DatabaseSize } from "./etcd-process.js";
import type { CompactionFigures, EtcdFigures, EtcdRow, FillFigures } from "./etcd-run.js";
import { kilobytes, milliseconds, percent, twoDigits } from "./figures.js";

export function etcdReport({ fill, rows, compaction, reconnect }: EtcdFigures): string[] {
  return [
    ...fillReport(fill),
    "",
    ...table(
      [
        "changes/s asked",
        "published/s",
        "transactions/s",
        "not yet in etcd",
        "readers",
        "write to reader p50, p99",
        "of a core: etcd, fleet server, all brokers",
      ],
      rows.map(rowCells),
    ),
    "",
    ...compactionReport(compaction),
    "",
    ...table(
      ["etcd away, every lease changed, all brokers come back at once", "figure"],
      [
        ["all have compared and told everything after", milliseconds(reconnect.brokersMs)],
        ["keys written for that", String(reconnect.published)],
        [
          "write to reader right after, p50, p99",
          reconnect.latency === null
            ? "none seen"
            : `${milliseconds(reconnect.latency.p50Ms)}, ${milliseconds(reconnect.latency.p99Ms)}`,
        ],
      ],
    ),
  ];
}

function fillReport(fill: FillFigures): string[] {
  const { keys, publishedMs, database } = fill;
  return table(
    ["through etcd", "figure"],
    [
      ["keys", String(keys)],
      [
        "all brokers publish for the first time",
        `${milliseconds(publishedMs)}, ${twoDigits((keys * 1_000) / publishedMs)} keys a second`,
      ],
      ["etcd's database", `${sizes(database)}, ${Math.round(database.usedBytes / keys)} B a key`],
      ["etcd's memory", memory(fill.etcdBytes)],
      ["a fleet server starts and knows everything after", milliseconds(fill.serverStartMs)],
      ["the fleet server's memory", memory(fill.serverBytes)],
    ],
  );
}

function rowCells(row: EtcdRow): string[] {
  const { latency, etcdCores, serverCores, loadCores } = row;
  const cores = [etcdCores, serverCores, loadCores];
  return [
    twoDigits(row.asked),
    twoDigits(row.publishedPerSecond),
    twoDigits(row.transactionsPerSecond),
    String(row.pending),
    `${row.readers}, every ${milliseconds(row.intervalMs)}`,
    latency === null
      ? "none seen"
      : `${milliseconds(latency.p50Ms)}, ${milliseconds(latency.p99Ms)}`,
    cores.map((share) => (share === null ? "unknown" : percent(share))).join(", "),
  ];
}

function compactionReport({ before, after, ...rest }: CompactionFigures): string[] {
  return table(
    ["compaction", "figure"],
    [
      ["etcd's database before, with the history of the rows above", sizes(before)],
      ["after", sizes(after)],
      [
        "compacting, defragmenting",
        `${milliseconds(rest.compactMs)}, ${milliseconds(rest.defragmentMs)}`,
      ],
      ["etcd's memory", memory(rest.etcdBytes)],
    ],
  );
}

function sizes({ totalBytes, usedBytes }: DatabaseSize): string {
  return `${kilobytes(totalBytes)}, ${kilobytes(usedBytes)} of it used`;
}

function memory(bytes: number | null): string {
  return bytes === null ? "unknown" : kilobytes(bytes);
}
