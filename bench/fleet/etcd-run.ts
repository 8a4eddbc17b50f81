// End to end through a real etcd: brokers that publish (load-program.ts), etcd, a fleet server, and readers of it in this process.
// All on one machine, so that each takes processor time from the others; how much each used is measured beside.

import { processCpuUs } from "../servers/cpu-time.js";
import { EtcdProcess, type DatabaseSize } from "./etcd-process.js";
import { FleetServerProcess } from "./fleet-server-process.js";
import type { LatencySummary } from "./latencies.js";
import type { LoadAnswer, LoadFigures, LoadOrder, LoadSettings } from "./load-orders.js";
import type { FleetBenchOptions } from "./options.js";
import { Program } from "./program.js";
import { probesPerSecond } from "./probe.js";
import { Readers } from "./readers.js";
import { setTimeout as pause } from "node:timers/promises";

export interface EtcdFigures {
  readonly hosts: number;
  readonly leases: number;
  readonly fill: FillFigures;
  readonly rows: readonly EtcdRow[];
  readonly compaction: CompactionFigures;
  readonly reconnect: ReconnectFigures;
}

export interface FillFigures {
  /** All brokers start at once, and etcd is empty. */
  readonly publishedMs: number;
  readonly keys: number;
  readonly database: DatabaseSize;
  readonly etcdBytes: number | null;
  /** A fleet server starts, until it knows every lease. */
  readonly serverStartMs: number;
  readonly serverBytes: number | null;
}

export interface EtcdRow {
  /** That brokers were told to make. */
  readonly asked: number;
  readonly changesPerSecond: number;
  readonly publishedPerSecond: number;
  readonly transactionsPerSecond: number;
  readonly pending: number;
  readonly readers: number;
  readonly intervalMs: number;
  /** From the write to the reader; `null`: none was seen. */
  readonly latency: LatencySummary | null;
  /** Of one core. `null` where the system does not tell. */
  readonly etcdCores: number | null;
  readonly serverCores: number | null;
  readonly loadCores: number;
}

export interface CompactionFigures {
  readonly before: DatabaseSize;
  readonly after: DatabaseSize;
  readonly compactMs: number;
  readonly defragmentMs: number;
  readonly etcdBytes: number | null;
}

export interface ReconnectFigures {
  /** After etcd was away, and every lease changed meanwhile: until every broker had compared and told everything. */
  readonly brokersMs: number;
  readonly published: number;
  /** How far the fleet server's reader was behind them then; `null`: it saw nothing. */
  readonly latency: LatencySummary | null;
}

/** Short, so that what is measured is the way of a change and not the wait for the next message. */
const intervalMs = 100;
const settleMs = 1_000;
/** Longer than a broker takes to notice: it keeps its presence alive each five seconds. */
const outageMs = 8_000;

type LoadProgram = Program<LoadOrder, LoadAnswer>;

export async function measureEtcd(
  options: FleetBenchOptions,
  progress: (text: string) => void,
): Promise<EtcdFigures> {
  const etcd = await EtcdProcess.start();
  const opened: (() => Promise<void>)[] = [() => etcd.dispose()];
  try {
    const settings: LoadSettings = { size: options.size, endpoint: etcd.endpoint };
    progress("etcd: all brokers publish for the first time");
    const { program } = await Program.start<LoadOrder, LoadAnswer>("load-program.js", settings);
    opened.push(() => program.stop({ do: "stop" }));
    const filled = figuresOf(await program.order({ do: "settle" }));
    progress("etcd: a fleet server starts");
    const startMs = performance.now();
    const server = await FleetServerProcess.start(etcd.endpoint);
    opened.push(() => server.stop());
    await server.knows(filled.leases, options.size.hostCount);
    const fill: FillFigures = {
      publishedMs: filled.tookMs,
      keys: filled.published + options.size.hostCount,
      database: await etcd.databaseSize(),
      etcdBytes: etcd.residentBytes(),
      serverStartMs: performance.now() - startMs,
      serverBytes: server.residentBytes(),
    };
    const { rows, revision } = await measureRows({ etcd, server, program }, options, progress);
    progress("etcd: compaction");
    const compaction = await compact(etcd, revision);
    progress("etcd: all brokers come back at once");
    const reconnect = await comeBack({ etcd, server, program });
    const { hostCount: hosts } = options.size;
    return { hosts, leases: filled.leases, fill, rows, compaction, reconnect };
  } finally {
    for (const close of opened.toReversed()) await close();
  }
}

interface Parts {
  readonly etcd: EtcdProcess;
  readonly server: FleetServerProcess;
  readonly program: LoadProgram;
}

async function measureRows(
  parts: Parts,
  options: FleetBenchOptions,
  progress: (text: string) => void,
): Promise<{ readonly rows: readonly EtcdRow[]; readonly revision: bigint }> {
  const rows: EtcdRow[] = [];
  let revision = 0n;
  for (const readers of options.readers) {
    for (const rate of [options.rate / 10, options.rate]) {
      progress(`etcd: ${rate} changes/s, ${readers} readers`);
      const { row, figures } = await measureRow(parts, rate, readers, options.seconds);
      rows.push(row);
      revision = BigInt(figures.revision);
    }
  }
  return { rows, revision };
}

async function measureRow(
  { etcd, server, program }: Parts,
  rate: number,
  count: number,
  seconds: number,
): Promise<{ readonly row: EtcdRow; readonly figures: LoadFigures }> {
  const readers = new Readers();
  try {
    await readers.open(server.address, { intervalMs, leases: false }, count);
    readers.take();
    const before = [etcd, server].map(({ processId }) => cpuMsOf(processId));
    const figures = figuresOf(await program.order({ do: "live", rate, seconds }));
    const after = [etcd, server].map(({ processId }) => cpuMsOf(processId));
    await pause(settleMs);
    const { latencies } = readers.take();
    const [etcdCores = null, serverCores = null] = after.map((ms, index) =>
      ms === null ? null : (ms - (before[index] ?? 0)) / figures.tookMs,
    );
    const perSecond = (value: number): number => (value * 1_000) / figures.tookMs;
    const row: EtcdRow = {
      asked: rate,
      changesPerSecond: perSecond(figures.changes),
      publishedPerSecond: perSecond(figures.published),
      transactionsPerSecond: perSecond(figures.transactions),
      pending: figures.pending,
      readers: count,
      intervalMs,
      latency: latencies.summary(),
      etcdCores,
      serverCores,
      loadCores: figures.cpuMs / figures.tookMs,
    };
    return { row, figures };
  } finally {
    readers.close();
  }
}

async function compact(etcd: EtcdProcess, revision: bigint): Promise<CompactionFigures> {
  const before = await etcd.databaseSize();
  const times = await etcd.compact(revision);
  const after = await etcd.databaseSize();
  return { before, after, ...times, etcdBytes: etcd.residentBytes() };
}

async function comeBack({ etcd, server, program }: Parts): Promise<ReconnectFigures> {
  const readers = new Readers();
  try {
    await readers.open(server.address, { intervalMs, leases: false }, 1);
    await etcd.kill();
    await program.order({ do: "drift" });
    await pause(outageMs);
    await etcd.startAgain();
    const startMs = performance.now();
    const { published } = figuresOf(await program.order({ do: "settle" }));
    const brokersMs = performance.now() - startMs;
    readers.take();
    // etcd tells in order: who sees a probe has seen everything before it.
    await program.order({ do: "live", rate: probesPerSecond, seconds: 1 });
    await pause(settleMs);
    return { brokersMs, published, latency: readers.take().latencies.summary() };
  } finally {
    readers.close();
  }
}

function cpuMsOf(processId: number): number | null {
  return process.platform === "linux" ? processCpuUs(processId) / 1_000 : null;
}

/** Throws when it is said out of turn. */
function figuresOf(answer: LoadAnswer): LoadFigures {
  if ("figures" in answer) return answer.figures;
  throw new Error("the program with the brokers said something else than figures");
}
