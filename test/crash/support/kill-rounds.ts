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
import { LeaseHistory } from "./lease-history.js";
import { LeaseLoad, turns } from "./lease-load.js";
import { RestartCheck } from "./restart-check.js";

export interface KillRoundsOptions {
  readonly rounds: number;
  /** Answers before the kill: between these two, at random. */
  readonly answersMin: number;
  readonly answersMax: number;
  /** The share of restarts that are killed too, before the broker is ready. */
  readonly killedStarts: number;
}

/** Every other life of the broker has a slow disk, so that kills fall between what is written and what is answered too. */
const slowStore = ["--import", fileURLToPath(new URL("slow-store.js", import.meta.url))];

export async function killRounds(
  lab: BrokerLab,
  random: SeededRandom,
  options: KillRoundsOptions,
): Promise<void> {
  const history = new LeaseHistory();
  const flags = ["--pool-quarantine", "20ms"];
  let broker = await lab.start({ poolSize: 200, flags, nodeArguments: slowStore });
  for (let round = 1; round <= options.rounds; round += 1) {
    const before = history.answers;
    await killUnderLoad(broker, history, random, options);
    const nodeArguments = round % 2 === 0 ? slowStore : [];
    broker = await restartAfterKills(lab, broker, random, options.killedStarts, nodeArguments);
    const checked = new RestartCheck(lab.caller(broker), history, random).run();
    // A broken promise says more than a call that failed because of it.
    await checked.finally(() => history.assertKept(`in round ${round}`));
    assert.ok(history.answers - before >= options.answersMin, "the broker answered under load");
  }
  assert.deepEqual(await broker.kill("SIGTERM"), { exitCode: 0, signal: null });
}

async function killUnderLoad(
  broker: BrokerProcess,
  history: LeaseHistory,
  random: SeededRandom,
  { answersMin, answersMax }: KillRoundsOptions,
): Promise<void> {
  const load = new LeaseLoad(broker.address, history, random);
  load.start();
  await load.untilAnswers(answersMin + random.integer(answersMax - answersMin));
  const isSlow = broker.options.nodeArguments === slowStore;
  assert.equal(broker.stderr.includes("the store is slow"), isSlow);
  load.expectBrokerGone();
  killFromOutside(broker.processId);
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

function hasTakenData({ processId, options }: BrokerProcess): boolean {
  const noted = readFileSync(join(options.dataDirectory, "broker.pid"), "utf8");
  return noted.trim() === String(processId);
}

/** Some starts are killed at a random moment too: recovery itself must survive that. */
async function restartAfterKills(
  lab: BrokerLab,
  broker: BrokerProcess,
  random: SeededRandom,
  killedStarts: number,
  nodeArguments: readonly string[],
): Promise<BrokerProcess> {
  while (random.next() < killedStarts) {
    const starting = lab.spawnAgain(broker);
    // From here on it reads and verifies what is on disk; some milliseconds later it listens.
    if (random.next() < 0.8) await eventually("taking the data", () => hasTakenData(starting));
    await turns(random.integer(5_000));
    await starting.kill("SIGKILL");
  }
  return lab.restart(broker, { nodeArguments });
}
