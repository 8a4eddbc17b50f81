// The lease core with its real store on disk and ports that nobody holds: fills it with leases, or starts it again with them. Its
// arguments are "fill" or "restart", the data directory, and how many leases. Prints what came out as JSON.

import { Broker } from "#server/domain/broker.js";
import { Pool } from "#server/domain/pool.js";
import { PortBlock } from "#server/domain/port-block.js";
import type { BlockRecord } from "#server/domain/records.js";
import { holderKeys } from "#server/holder-keys.js";
import { openSqliteStore } from "#server/store/sqlite-store.js";
import { systemClock, systemRandom } from "#server/system-clock.js";
import { emptyWorld } from "../../../test/support/audit-world.js";
import { request, testPolicy } from "../../../test/support/broker-fixture.js";
import { FakeReservation } from "../../../test/support/fake-reservation.js";
import { measureMemory } from "../../servers/memory.js";

const [step, directory = "", leaseWord] = process.argv.slice(2);
const leases = Number(leaseWord);
const firstPort = 2_000;
const ttlMs = 3_600_000;
/** As a thousand busy clients would ask. */
const acquiresAtOnce = 1_000;

/** All that is between the files and a core that grants. */
async function openCore() {
  const store = await openSqliteStore({ directory, wallClock: systemClock });
  const state = await store.load();
  const ports = { firstPort, lastPort: firstPort + leases - 1 };
  const record: BlockRecord = {
    blockId: `default-tcp-${firstPort}`,
    pool: "default",
    protocol: "tcp",
    kind: "held",
    ports,
    isolation: "shared",
    stage: "created",
    draining: false,
    origin: "configured",
  };
  const sink = { publish: () => undefined };
  const leased = new Set(state.leases.map((lease) => lease.ports.firstPort));
  const reservation = new FakeReservation(firstPort, leases);
  const block = new PortBlock(record, reservation, leased, systemClock, sink);
  const policy = { ...testPolicy, size: leases, sizeMax: leases };
  const dependencies = {
    clock: systemClock,
    random: systemRandom(),
    keys: holderKeys(state.brokerSecret),
    store,
    events: sink,
    strangers: {
      findStrangers: (questions: readonly unknown[]) =>
        Promise.resolve(questions.map(() => ({ state: "none" as const }))),
    },
    audit: emptyWorld,
  };
  return { store, broker: new Broker(dependencies, state, [new Pool(policy, [block])]) };
}

async function fill(): Promise<void> {
  const { store, broker } = await openCore();
  const { objectBytes: emptyHeap } = measureMemory();
  for (let left = leases; left > 0; left -= acquiresAtOnce) {
    const asked = Array.from({ length: Math.min(left, acquiresAtOnce) }, () =>
      broker.acquire(request({ ttlMs })),
    );
    await Promise.all(asked);
  }
  const { objectBytes: fullHeap } = measureMemory();
  await store.close();
  console.log(JSON.stringify({ bytesPerLease: (fullHeap - emptyHeap) / broker.leaseCount }));
}

async function restart(): Promise<void> {
  const startMs = performance.now();
  const { store, broker } = await openCore();
  const tookMs = performance.now() - startMs;
  await store.close();
  if (broker.leaseCount !== leases) throw new Error(`${broker.leaseCount} of ${leases} leases`);
  console.log(JSON.stringify({ tookMs }));
}

await (step === "fill" ? fill() : restart());
