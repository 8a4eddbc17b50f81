// Short ways to let a broker write checkpoints, and to see which it wrote.

import type { Change } from "#server/domain/records.js";
import { type BrokerFixture, brokerFixture, settle } from "./broker-fixture.js";

/** Lets the time pass as the loop sees it. */
export async function run({ broker, clock }: BrokerFixture, milliseconds: number): Promise<void> {
  for (let passedMs = 0; passedMs < milliseconds; passedMs += 250) {
    clock.advance(250);
    broker.advance();
    await settle();
  }
}

/** A broker that dies without a word, and the one that comes after it. */
export function crash({ clock, store }: BrokerFixture): Promise<BrokerFixture> {
  return brokerFixture({ clock, store });
}

export function written({ store }: BrokerFixture): readonly Change[] {
  return store.batches.flat().map(({ change }) => change);
}

export function remainders(fixture: BrokerFixture): readonly (number | null)[] {
  return written(fixture).flatMap((change) =>
    change.type === "lease_checkpointed" ? [change.lease.remainingMs] : [],
  );
}
