// Somebody who steers the broker while the world breaks: pins ports, sets quotas, takes leases back. What was answered must hold.

import type { Broker } from "#server/domain/broker.js";
import type { Dice } from "./dice.js";
import { pinKey, quotaKey, type WordValue } from "./policy-words.js";
import { firstPort } from "./scenario.js";
import type { SimProcess } from "./sim-process.js";
import type { World } from "./world.js";

interface Action {
  /** What of the pool it is about. */
  readonly key: string;
  /** What counts once it is answered. */
  readonly value: WordValue;
  readonly call: (broker: Broker) => Promise<unknown>;
}

export async function operate(world: World, dice: Dice): Promise<void> {
  const { time, scenario, broker } = world;
  /** One thing at a time, so that answers come in the order of what was asked. A killed broker never answers. */
  let busy: SimProcess | null = null;
  for (;;) {
    await new Promise<void>((resolve) => {
      time.after(dice.between(200, 1_500), resolve);
    });
    if (time.nowMs >= scenario.durationMs) return;
    const { process, serving } = broker;
    if (process === null || serving === null || !process.runs || busy === process) continue;
    busy = process;
    const done = (): void => {
      if (busy === process) busy = null;
    };
    // Where nothing else goes wrong no lease may be lost.
    const revokes = scenario.faults.size > 0 && dice.chance(0.3);
    process.run(() => {
      const answer = revokes ? revoke(world, dice, serving) : change(world, dice, serving);
      void answer.then(done, done);
    });
  }
}

async function change(world: World, dice: Dice, serving: Broker): Promise<void> {
  const { words, trace, time } = world;
  const { key, value, call } = dice.chance(0.5) ? pinAction(world, dice) : quotaAction(world, dice);
  words.asked(key);
  trace.add("operator", `asks that ${key} is ${value}`);
  await call(serving);
  words.answered(key, value, time.nowMs);
  trace.add("operator", `is answered that ${key} is ${value}`);
}

function pinAction({ scenario, words }: World, dice: Dice): Action {
  const port = firstPort + dice.integer(scenario.pool.size);
  const key = pinKey(port);
  const service = serviceOf(dice, scenario.services);
  switch (dice.integer(3)) {
    case 0:
      return {
        key,
        value: service,
        call: ({ steering }) => steering.pin("", { port, service, instance: "" }),
      };
    case 1:
      return { key, value: null, call: ({ steering }) => steering.unpin("", port, false) };
    default:
      return {
        key,
        value: words.configuredPin(port),
        call: ({ steering }) => steering.unpin("", port, true),
      };
  }
}

function quotaAction({ scenario, words }: World, dice: Dice): Action {
  const service = dice.chance(0.3) ? "*" : serviceOf(dice, scenario.services);
  const key = quotaKey(service);
  const reset = dice.chance(0.4);
  const max = dice.pick([0, 1, 2, null]);
  return {
    key,
    value: reset ? words.configuredQuota(service) : max,
    call: ({ steering }) => steering.setQuota("", service, max, reset),
  };
}

async function revoke({ model, trace }: World, dice: Dice, serving: Broker): Promise<void> {
  const live = [...model.live];
  const lease = live[dice.integer(live.length)];
  if (lease === undefined) return;
  const { leaseId } = lease.record;
  const reason = `because ${dice.integer(1_000)}`;
  model.revokeAsked(leaseId, reason);
  trace.add("operator", `takes ${leaseId} back`);
  await serving.revoking.revoke(leaseId, { actor: "operator", reason }, true);
  model.released(leaseId);
}

function serviceOf(dice: Dice, services: number): string {
  return `service.${1 + dice.integer(services)}`;
}
