// Somebody who tries the leases of others: with no key, with another lease's key, with the key of a lease that ended. Promise 8 says
// that none of it works.

import { Metadata, type ServiceError } from "@grpc/grpc-js";
import type { Dice } from "./dice.js";
import type { World } from "./world.js";

export async function intrude(world: World, dice: Dice): Promise<void> {
  const { intruder, model, findings } = world;
  const rpc = world.rpcFor(intruder);
  const metadata = new Metadata();
  for (;;) {
    await intruder.sleep(dice.between(500, 4_000));
    const leases = [...model.leases.values()].slice(-12);
    const target = leases[dice.integer(leases.length)];
    const other = leases[dice.integer(leases.length)];
    if (target === undefined || other === undefined) continue;
    const { leaseId } = target.record;
    const wrong = target.ended === null && target === other ? "guessed" : other.holderKey;
    const holderKey = wrong ?? "guessed";
    if (target.ended === null && holderKey === target.holderKey) continue;
    const answered = (error: ServiceError | null): void =>
      findings.check(
        error !== null,
        "8: nothing but its holder renews or releases a lease",
        () => `the intruder had success with lease ${leaseId}`,
      );
    if (dice.chance(0.5))
      rpc.renewLease({ leaseId, holderKey, ttl: undefined }, metadata, answered);
    else rpc.releaseLease({ leaseId, holderKey, allowMissing: false }, metadata, answered);
  }
}
