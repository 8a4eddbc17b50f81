// What `portlease run --proxy` costs: the same program reached directly, through a proxy of node's own pipes, and through ours, in turn,
// in one run. The broker, the proxies, the program and this process share the machine as the system likes: nothing of it is pinned,
// since one core for all of them would measure the core.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { BenchContext } from "../context.js";
import { type Goal, goalOf } from "../goals.js";
import { type Figure, nothingToSay } from "../outcome.js";
import { cli } from "../servers/broker-process.js";
import { leaveNothing, stopped } from "../servers/child-process.js";
import { processCpuUs } from "../servers/cpu-time.js";
import { withFreshBroker } from "../servers/fresh-broker.js";
import { spreadOf } from "../statistics.js";
import { oneWay, type Trial, type TrialOptions, trials } from "./proxy-trials.js";
import { programPath } from "./run-node.js";
import type { Section } from "./section.js";

const ratioMin = 0.7;
/** Of a second of measuring, about. */
const streamBytesPerSecond = 256 * 1024 * 1024;
const turnsPerSecond = 4_000;
const warmUpShare = 1 / 8;
const warmUpTurns = 50;

const ways = ["direct", "node's pipes", "run --proxy"] as const;
type Way = (typeof ways)[number];
type Ports = Readonly<Record<Way, number>>;

export const proxySection: Section = {
  name: "proxy",
  about: "a program directly, through node's own pipes, and through portlease run --proxy",
  unpinned: true,
  run: (context) =>
    withFreshBroker({ ...context, cores: null }, async ({ address }) => {
      const proxy = startProxy(address, context.options.profileDirectory);
      const stayProxy = leaveNothing(proxy);
      try {
        const { own, leased } = await portsOf(proxy);
        const pipes = spawn(process.execPath, [programPath("pipe-proxy"), String(own)], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        const stayPipes = leaveNothing(pipes);
        try {
          const ports = {
            direct: own,
            "node's pipes": Number(await lineOf(pipes)),
            "run --proxy": leased,
          };
          return { ...nothingToSay, ...(await measureAll(context, proxy, ports)) };
        } finally {
          await stopped(pipes);
          stayPipes();
        }
      } finally {
        await stopped(proxy);
        stayProxy();
      }
    }),
};

async function measureAll(
  { options, progress }: BenchContext,
  proxy: ChildProcess,
  ports: Ports,
): Promise<{ readonly figures: readonly Figure[]; readonly goals: readonly Goal[] }> {
  const seconds = options.measureMs / 1_000;
  const trialOptions = {
    streamBytes: Math.ceil(streamBytesPerSecond * seconds),
    turns: Math.ceil(turnsPerSecond * seconds),
  };
  const figures: Figure[] = [];
  const goals: Goal[] = [];
  for (const trial of trials) {
    const byWay: Record<Way, (readonly number[])[]> = {
      direct: [],
      "node's pipes": [],
      "run --proxy": [],
    };
    for (let round = 1; round <= options.rounds; round += 1) {
      progress(`proxy: round ${round}/${options.rounds}`);
      for (const way of ways) byWay[way].push(await warmFigures(trial, ports[way], trialOptions));
    }
    for (const [index, { title, unit }] of trial.figures.entries()) {
      const of = (way: Way): number[] => byWay[way].map((one) => one[index] ?? Number.NaN);
      const ratio = spreadOf(
        of("run --proxy").map((value, round) => value / (of("node's pipes")[round] ?? Number.NaN)),
      );
      for (const way of ways)
        figures.push({ name: `${title}, ${way}`, unit, value: spreadOf(of(way)) });
      figures.push({ name: `${title}, run --proxy / node's pipes`, unit: "", value: ratio });
      if (!unit.startsWith("MB/s")) continue;
      goals.push(
        goalOf(`${title}: run --proxy / node's pipes`, { atLeast: ratioMin }, ratio.median),
      );
    }
  }
  figures.push(...(await ownCosts(proxy, ports["run --proxy"], options.rounds, trialOptions)));
  return { figures, goals };
}

/** Compiled and warm: what is measured is not the first time. */
async function warmFigures(
  trial: Trial,
  port: number,
  options: TrialOptions,
): Promise<readonly number[]> {
  const streamBytes = Math.ceil(options.streamBytes * warmUpShare);
  await trial.measure(port, { streamBytes, turns: warmUpTurns });
  return trial.measure(port, options);
}

/** What the proxy itself used; unlike a rate it hardly changes when the machine is busy. Nothing where the system does not tell. */
async function ownCosts(
  { pid }: ChildProcess,
  port: number,
  rounds: number,
  options: TrialOptions,
): Promise<readonly Figure[]> {
  if (process.platform !== "linux" || pid === undefined) return [];
  const secondsPerGb: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const beforeUs = processCpuUs(pid);
    await oneWay(port, options);
    secondsPerGb.push((processCpuUs(pid) - beforeUs) / 1e6 / (options.streamBytes / 1e9));
  }
  return [
    { name: "CPU of run --proxy for one GB one way", unit: "s", value: spreadOf(secondsPerGb) },
    { name: "memory of run --proxy at most", unit: "MiB", value: spreadOf([peakMemoryMib(pid)]) },
  ];
}

function startProxy(brokerAddress: string, profileDirectory: string | null): ChildProcess {
  const profile =
    profileDirectory === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDirectory}`];
  const run = ["run", "--address", brokerAddress, "--proxy", "--proxy-drain", "0s"];
  const program = [process.execPath, programPath("proxied")];
  return spawn(process.execPath, [...profile, cli, ...run, "--", ...program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function portsOf(proxy: ChildProcess): Promise<{ own: number; leased: number }> {
  const { own, leased } = JSON.parse(await lineOf(proxy)) as {
    readonly own: string;
    readonly leased: string;
  };
  return { own: Number(own), leased: Number(leased) };
}

async function lineOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("the program has no output");
  const lines = createInterface({ input: stdout });
  const [line] = (await once(lines, "line")) as [string];
  return line;
}

/** VmHWM: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peakMemoryMib(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, "latin1");
  const kib = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return Number(kib) / 1_024;
}
