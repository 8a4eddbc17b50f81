// The crash test proper: load, kill -9 at a random moment, restart, check; again and again on one data directory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { eventually } from "../../support/eventually.js";
import type { SeededRandom } from "../../support/seeded-random.js";
import { KillTally } from "./kill-tally.js";
import { LeaseHistory } from "./lease-history.js";
import { LeaseLoad, turns, usualLoad } from "./lease-load.js";
import { MadeBlocks } from "./made-blocks.js";
import { RestartCheck } from "./restart-check.js";

export interface KillRoundsOptions {
  /** At least so many; a restart may be killed several times. */
  readonly kills: number;
  /** Answers before the kill: between these two, at random. */
  readonly answersMin: number;
  readonly answersMax: number;
  /** Callers at once; 64 unless told. */
  readonly workers?: number;
}

/** Shares of the moments of kills; the rest is under load. */
const whileItStops = 0.12;
const whileItMakesABlock = 0.12;
/** The share of restarts that are killed too, before the broker is ready. */
const whileItStarts = 0.2;
/** The share of lives with a slow disk, so that kills fall between what is written and what is answered too. */
const slowLives = 0.3;

const slowStore = ["--import", fileURLToPath(new URL("slow-store.js", import.meta.url))];

export async function killRounds(
  lab: BrokerLab,
  random: SeededRandom,
  options: KillRoundsOptions,
): Promise<KillTally> {
  const history = new LeaseHistory();
  const tally = new KillTally();
  const blocks = new MadeBlocks(lab);
  const flags = ["--pool-quarantine", "20ms"];
  const nodeArguments = slowOrNot(random);
  let broker = await lab.start({ poolSize: 120, flags, nodeArguments });
  while (tally.kills < options.kills) {
    const before = history.answers;
    await killUnderLoad(broker, history, blocks, tally, random, options);
    broker = await restartAfterKills(lab, broker, tally, random);
    const caller = lab.caller(broker);
    const checked = new RestartCheck(caller, history, random).run();
    // A broken promise says more than a call that failed because of it.
    await checked.finally(() => history.assertKept(`after ${tally.kills} kills`));
    await blocks.assertKept(caller);
    assert.ok(history.answers - before >= options.answersMin, "the broker answered under load");
  }
  assert.deepEqual(await broker.kill("SIGTERM"), { exitCode: 0, signal: null });
  tally.answers = history.answers;
  tally.leases = history.leases.length;
  return tally;
}

async function killUnderLoad(
  broker: BrokerProcess,
  history: LeaseHistory,
  blocks: MadeBlocks,
  tally: KillTally,
  random: SeededRandom,
  { answersMin, answersMax, workers = usualLoad.workers }: KillRoundsOptions,
): Promise<void> {
  const load = new LeaseLoad(broker.address, history, random, { ...usualLoad, workers });
  load.start();
  await load.untilAnswers(answersMin + random.integer(answersMax - answersMin));
  const isSlow = broker.options.nodeArguments === slowStore;
  assert.equal(broker.stderr.includes("the store is slow"), isSlow);
  load.expectBrokerGone();
  const moment = random.next();
  if (moment < whileItStops) {
    tally.count("while it stopped");
    const stopped = broker.kill("SIGTERM");
    await turns(random.integer(3_000));
    killFromOutside(broker.processId);
    await stopped;
  } else if (moment < whileItStops + whileItMakesABlock) {
    tally.count("while it made a block");
    const made = blocks.make(broker);
    await turns(random.integer(200));
    killFromOutside(broker.processId);
    await made;
  } else {
    tally.count("under load");
    killFromOutside(broker.processId);
  }
  await broker.exited;
  await load.stop();
}

/**
 * This process is busy with reading answers and would always kill just after one. Another one does it at any moment, so
 * also between an answer and what should have come before it.
 */
function killFromOutside(processId: number): void {
  spawn("kill", ["-KILL", String(processId)], { stdio: "ignore" });
}

function hasTakenData({ processId, options, running }: BrokerProcess): boolean {
  if (!running) return true;
  const noted = readFileSync(join(options.dataDirectory, "broker.pid"), "utf8");
  return noted.trim() === String(processId);
}

/** Some starts are killed at a random moment too: recovery itself must survive that. */
async function restartAfterKills(
  lab: BrokerLab,
  broker: BrokerProcess,
  tally: KillTally,
  random: SeededRandom,
): Promise<BrokerProcess> {
  while (random.next() < whileItStarts) {
    tally.count("while it started");
    const starting = lab.spawnAgain(broker);
    // From here on it reads and verifies what is on disk; some milliseconds later it listens.
    if (random.next() < 0.8) await eventually("taking the data", () => hasTakenData(starting));
    await turns(random.integer(5_000));
    await starting.kill("SIGKILL");
  }
  return lab.restart(broker, { nodeArguments: slowOrNot(random) });
}

function slowOrNot(random: SeededRandom): readonly string[] {
  return random.next() < slowLives ? slowStore : [];
}
