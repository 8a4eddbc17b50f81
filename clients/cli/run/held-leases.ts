// The leases of one program, together: all or none, in the order of the user.

import type { Lease, LeaseClient } from "@portlease/client";
import type { ProgramLease } from "./child-environment.js";
import type { LeasedPort } from "./handover.js";
import type { LeaseWish } from "./leases-wanted.js";

export interface HeldLeases {
  readonly leases: readonly Lease[];
  /** The same, as the program is told. */
  readonly told: readonly ProgramLease[];
  readonly ports: readonly LeasedPort[];
  /** Gives back what is left. Never rejects: what cannot be released runs out by its TTL. */
  release(): Promise<void>;
}

/** All are held when it resolves. Rejects as `LeaseClient.acquire` does; nothing is leased then. */
export async function acquireAll(
  client: LeaseClient,
  wishes: readonly LeaseWish[],
  signal: AbortSignal,
): Promise<HeldLeases> {
  for (;;) {
    const held = await acquireEach(client, wishes, signal);
    // One may be lost while the others are waited for.
    if (held.leases.every(({ state }) => state !== "lost")) return held;
    await held.release();
  }
}

async function acquireEach(
  client: LeaseClient,
  wishes: readonly LeaseWish[],
  signal: AbortSignal,
): Promise<HeldLeases> {
  const held: { readonly name: string | null; readonly lease: Lease }[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(held.map(({ lease }) => lease[Symbol.asyncDispose]()));
  };
  try {
    // One after the other: two programs that want the same ports then wait for each other, and neither has half of them for long.
    for (const { name, acquire } of wishes) {
      held.push({ name, lease: await client.acquire({ ...acquire, signal }) });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return {
    leases: held.map(({ lease }) => lease),
    told: held.map(({ name, lease: { leaseId, generation } }) => ({ name, leaseId, generation })),
    ports: held.flatMap(({ name, lease }) =>
      lease.ports.map((port) => ({ name, port, protocol: lease.protocol, lease })),
    ),
    release,
  };
}
