// What `portlease run --proxy` costs: the same program reached directly and through the proxy, in turn, in one run. The broker,
// the proxy, the program and this process share the machine as the system likes; nothing is pinned, and only ratios mean anything.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startBrokerProcess } from "./broker-process.js";
import { processCpuUs } from "./cpu-time.js";
import { quantileOf, type Spread, spreadOf } from "./statistics.js";

/** Compiled to .build/bench/. */
const cli = fileURLToPath(new URL("../../dist/clients/cli/main.js", import.meta.url));
const program = fileURLToPath(new URL("proxy-program.js", import.meta.url));

export interface ProxyCostOptions {
  readonly rounds: number;
  /** How much each stream carries, in bytes. */
  readonly streamBytes: number;
  /** How many messages go there and back, one at a time, and how many connections are made, one at a time. */
  readonly turns: number;
  /** Where the proxy writes a V8 CPU profile; `null`: none. */
  readonly profileDirectory: string | null;
}

export interface ProxyCost {
  readonly rows: readonly ProxyCostRow[];
  /** CPU time of the proxy for a GB in each direction that it carried, in seconds; `null` where it is not known. */
  readonly proxySecondsPerGb: Spread | null;
  /** The most memory that the proxy had at any time, in MiB; `null` where it is not known. */
  readonly proxyMemoryMib: number | null;
}

export interface ProxyCostRow {
  readonly title: string;
  readonly unit: string;
  readonly direct: Spread;
  readonly proxied: Spread;
  /** Of the figures of one round each. */
  readonly ratio: Spread;
}

/** One thing that is measured; gives its figures for one port. */
interface Trial {
  readonly rows: readonly { readonly title: string; readonly unit: string }[];
  readonly measure: (port: number, options: ProxyCostOptions) => Promise<readonly number[]>;
}

const message = Buffer.alloc(64, "m");
const chunk = Buffer.alloc(256 * 1024, "c");

const trials: readonly Trial[] = [
  { rows: [{ title: "one way", unit: "MB/s" }], measure: oneWay },
  { rows: [{ title: "there and back at once", unit: "MB/s each way" }], measure: bothWays },
  {
    rows: [
      { title: "64 bytes there and back, p50", unit: "µs" },
      { title: "64 bytes there and back, p99", unit: "µs" },
    ],
    measure: messages,
  },
  { rows: [{ title: "connect, one message, end: p50", unit: "µs" }], measure: connections },
];

export async function measureProxyCost(options: ProxyCostOptions): Promise<ProxyCost> {
  const broker = await startBrokerProcess(null, null);
  try {
    const proxy = startProxy(broker.address, options.profileDirectory);
    try {
      const { own, leased } = await portsOf(proxy);
      return await measureAll(proxy, { direct: own, proxied: leased }, options);
    } finally {
      await stopped(proxy);
    }
  } finally {
    await broker.stop();
  }
}

export function proxyCostReport({ rows, proxySecondsPerGb, proxyMemoryMib }: ProxyCost): string {
  return [
    "| program reached | direct [min..max] | through the proxy | unit | proxy / direct |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(({ title, unit, direct, proxied, ratio }) => {
      const cells = [title, figures(direct, 0), figures(proxied, 0), unit, figures(ratio, 2)];
      return `| ${cells.join(" | ")} |`;
    }),
    "",
    proxySecondsPerGb === null || proxyMemoryMib === null
      ? "What the proxy itself used is not known on this system."
      : `One GB one way took the proxy ${figures(proxySecondsPerGb, 2)} s of CPU; it had ${proxyMemoryMib.toFixed(0)} MiB of memory at most.`,
  ].join("\n");
}

async function measureAll(
  proxy: ChildProcess,
  ports: { readonly direct: number; readonly proxied: number },
  options: ProxyCostOptions,
): Promise<ProxyCost> {
  const figuresOf = async (trial: Trial, port: number): Promise<readonly number[]> => {
    // Compiled and warm: what is measured is not the first time.
    await trial.measure(port, {
      ...options,
      streamBytes: Math.ceil(options.streamBytes / 8),
      turns: 50,
    });
    return trial.measure(port, options);
  };
  const rows: ProxyCostRow[] = [];
  for (const trial of trials) {
    const direct: (readonly number[])[] = [];
    const proxied: (readonly number[])[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      direct.push(await figuresOf(trial, ports.direct));
      proxied.push(await figuresOf(trial, ports.proxied));
    }
    for (const [index, row] of trial.rows.entries()) {
      const of = (all: readonly (readonly number[])[]): number[] =>
        all.map((one) => one[index] ?? Number.NaN);
      const ratios = of(proxied).map((value, round) => value / (of(direct)[round] ?? Number.NaN));
      rows.push({
        ...row,
        direct: spreadOf(of(direct)),
        proxied: spreadOf(of(proxied)),
        ratio: spreadOf(ratios),
      });
    }
  }
  const proxyId = process.platform === "linux" ? (proxy.pid ?? null) : null;
  return {
    rows,
    proxySecondsPerGb:
      proxyId === null ? null : await cpuOfStreams(proxyId, ports.proxied, options),
    proxyMemoryMib: proxyId === null ? null : peakMemoryMib(proxyId),
  };
}

/** Unlike a rate it hardly changes when the machine is busy with something else. */
async function cpuOfStreams(
  proxyId: number,
  port: number,
  options: ProxyCostOptions,
): Promise<Spread> {
  const secondsPerGb: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const beforeUs = processCpuUs(proxyId);
    await oneWay(port, options);
    secondsPerGb.push((processCpuUs(proxyId) - beforeUs) / 1e6 / (options.streamBytes / 1e9));
  }
  return spreadOf(secondsPerGb);
}

async function oneWay(port: number, { streamBytes }: ProxyCostOptions): Promise<[number]> {
  const socket = await connected(port);
  const startMs = performance.now();
  socket.write("s");
  const answered = once(socket, "data");
  await send(socket, streamBytes);
  socket.end();
  const [answer] = (await answered) as [Buffer];
  const seconds = (performance.now() - startMs) / 1_000;
  if (Number(answer.toString()) !== streamBytes) throw new Error("bytes were lost on the way");
  await closed(socket);
  return [streamBytes / seconds / 1e6];
}

async function bothWays(port: number, { streamBytes }: ProxyCostOptions): Promise<[number]> {
  const socket = await connected(port);
  const startMs = performance.now();
  socket.write("e");
  let bytes = 0;
  socket.on("data", (data: Buffer) => (bytes += data.length));
  const ended = once(socket, "end");
  await send(socket, streamBytes);
  socket.end();
  await ended;
  const seconds = (performance.now() - startMs) / 1_000;
  if (bytes !== streamBytes) throw new Error("bytes were lost on the way");
  await closed(socket);
  return [streamBytes / seconds / 1e6];
}

async function messages(port: number, { turns }: ProxyCostOptions): Promise<[number, number]> {
  const socket = await connected(port);
  socket.write("e");
  const timesUs: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) timesUs.push(await exchange(socket));
  socket.end();
  await closed(socket.resume());
  const sorted = timesUs.toSorted((a, b) => a - b);
  return [quantileOf(sorted, 0.5), quantileOf(sorted, 0.99)];
}

async function connections(port: number, { turns }: ProxyCostOptions): Promise<[number]> {
  const timesUs: number[] = [];
  for (let turn = 0; turn < turns / 4; turn += 1) {
    const startMs = performance.now();
    const socket = await connected(port);
    socket.write("e");
    await exchange(socket);
    socket.end();
    await closed(socket.resume());
    timesUs.push((performance.now() - startMs) * 1_000);
  }
  return [
    quantileOf(
      timesUs.toSorted((a, b) => a - b),
      0.5,
    ),
  ];
}

/** Sends a message and waits until all of it is back; in µs. */
function exchange(socket: Socket): Promise<number> {
  const startMs = performance.now();
  let left = message.length;
  return new Promise((resolve) => {
    const hear = (data: Buffer): void => {
      left -= data.length;
      if (left > 0) return;
      socket.off("data", hear);
      resolve((performance.now() - startMs) * 1_000);
    };
    socket.on("data", hear);
    socket.write(message);
  });
}

async function send(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (!socket.write(left < chunk.length ? chunk.subarray(0, left) : chunk)) {
      await once(socket, "drain");
    }
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}

function startProxy(brokerAddress: string, profileDirectory: string | null): ChildProcess {
  const profile =
    profileDirectory === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`];
  const run = ["run", "--address", brokerAddress, "--proxy", "--proxy-drain", "0s"];
  const child = spawn(
    process.execPath,
    [...profile, cli, ...run, "--", process.execPath, program],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  process.once("exit", () => child.kill("SIGTERM"));
  return child;
}

async function portsOf({ stdout }: ChildProcess): Promise<{ own: number; leased: number }> {
  if (stdout === null) throw new Error("the program has no output");
  const lines = createInterface({ input: stdout });
  const [line] = (await once(lines, "line")) as [string];
  const { own, leased } = JSON.parse(line) as { readonly own: string; readonly leased: string };
  return { own: Number(own), leased: Number(leased) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** VmHWM: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peakMemoryMib(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, "latin1");
  const kib = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return Number(kib) / 1_024;
}

function figures({ median, min, max }: Spread, digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  return `${text(median)} [${text(min)}..${text(max)}]`;
}
