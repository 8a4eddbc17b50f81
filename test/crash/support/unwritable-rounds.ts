// The crash test for a store that cannot write for a while: load, no space, space again, kill -9, restart, check.

import assert from "node:assert/strict";
import { GetBrokerRequest, ServingState } from "@portlease/proto/portlease/v1/admin_service.js";
import type { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { eventually } from "../../support/eventually.js";
import {
  type Acquired,
  fromMs,
  type LeaseCaller,
  toMs,
  unary,
} from "../../support/lease-caller.js";
import { RpcFailure } from "../../support/rpc-failure.js";
import type { SeededRandom } from "../../support/seeded-random.js";
import { LeaseHistory } from "./lease-history.js";
import { LeaseLoad, usualLoad } from "./lease-load.js";
import { RestartCheck } from "./restart-check.js";

export interface UnwritableRoundsOptions {
  readonly rounds: number;
  /** Answers under load before and after. */
  readonly answers: number;
  /** 64 unless told. */
  readonly workers?: number;
  /** From now on the broker cannot write. Called again and again, because files shrink when they are opened anew. */
  readonly block: (broker: BrokerProcess) => void;
  readonly unblock: (broker: BrokerProcess) => void;
  /** What the operating system says of it, as GetBroker passes it on. */
  readonly reason: RegExp;
}

/** Resolves with the broker's last life, which runs. */
export async function unwritableRounds(
  lab: BrokerLab,
  firstBroker: BrokerProcess,
  random: SeededRandom,
  { rounds, answers, workers = usualLoad.workers, block, unblock, reason }: UnwritableRoundsOptions,
): Promise<BrokerProcess> {
  const history = new LeaseHistory();
  let broker = firstBroker;
  for (let round = 1; round <= rounds; round += 1) {
    const caller = lab.caller(broker);
    const load = new LeaseLoad(broker.address, history, random, { ...usualLoad, workers });
    load.start();
    const standing = await acquireEventually(caller);
    await load.untilAnswers(answers);
    assert.equal(await caller.health(), "SERVING");

    await untilRefused(caller, () => block(broker));
    await eventually("all signs are of a store that cannot write", async () => {
      // It opens its files anew now and then, which may give back just enough space for a moment.
      block(broker);
      return (await isReadOnly(caller, reason)) && (await isReadOnly(caller, reason));
    });
    // Nothing is granted, everything else goes on.
    assert.equal((await caller.renew(standing)).generation, standing.generation);
    assert.equal((await caller.get(standing.leaseId)).port, standing.port);
    unblock(broker);
    await untilServing(caller);
    // What was refused before is on its way to the callers still.
    await load.untilAnswers(answers);
    const refused = load.timesRefused("STORE_UNAVAILABLE");
    assert.ok(refused > 0, "the load met the refusal too");
    await load.untilAnswers(answers);
    assert.equal(load.timesRefused("STORE_UNAVAILABLE"), refused, "no part of it goes on failing");
    // What was blocked and went on is the hard case: kill it now.
    load.expectBrokerGone();
    await broker.kill("SIGKILL");
    await load.stop();
    broker = await lab.restart(broker);
    const checked = new RestartCheck(lab.caller(broker), history, random).run();
    await checked.finally(() => history.assertKept(`in round ${round}`));
    await lab.caller(broker).release(standing);
  }
  return broker;
}

async function untilRefused(caller: LeaseCaller, block: () => void): Promise<void> {
  const failure = await eventually("an acquire is refused", async () => {
    block();
    try {
      await caller.release(await caller.acquire());
      return null;
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      return error.reason === "POOL_FULL" ? null : error;
    }
  });
  assert.equal(`${failure.codeName} ${failure.reason}`, "UNAVAILABLE STORE_UNAVAILABLE");
  assert.match(failure.text, /existing leases can still be renewed/);
  assert.ok(toMs(failure.details.retryInfo?.retryDelay) > 0, "it says when to try again");
}

async function isReadOnly(caller: LeaseCaller, reason: RegExp): Promise<boolean> {
  const getBroker = caller.adminClient.getBroker.bind(caller.adminClient);
  const { servingState, servingDetail } = await unary(getBroker, GetBrokerRequest.fromPartial({}));
  if (servingState !== ServingState.SERVING_STATE_READ_ONLY) return false;
  assert.match(servingDetail, /^the store cannot write: /);
  if (!reason.test(servingDetail)) return false;
  assert.equal(await caller.health("portlease.v1.AdminService"), "SERVING");
  const health = [await caller.health(), await caller.health("portlease.v1.LeaseService")];
  return health.every((state) => state === "NOT_SERVING");
}

async function untilServing(caller: LeaseCaller): Promise<void> {
  await eventually("health is SERVING", async () => (await caller.health()) === "SERVING");
  await caller.release(await acquireEventually(caller));
}

/** The load takes every port now and then. */
function acquireEventually(caller: LeaseCaller): Promise<Acquired> {
  return eventually("an acquire is granted", async () => {
    try {
      return await caller.acquire({ ttl: fromMs(600_000) });
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      if (["POOL_FULL", "STORE_UNAVAILABLE"].includes(error.reason)) return null;
      throw error;
    }
  });
}
