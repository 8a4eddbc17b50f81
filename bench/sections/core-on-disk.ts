// The lease core with its real store on disk, and ports that nobody holds.

import { Broker } from "#server/domain/broker.js";
import type { BrokerEvent } from "#server/domain/events.js";
import { Pool } from "#server/domain/pool.js";
import { PortBlock } from "#server/domain/port-block.js";
import type { BlockRecord } from "#server/domain/records.js";
import { holderKeys } from "#server/holder-keys.js";
import { openSqliteStore, type SqliteStore } from "#server/store/sqlite-store.js";
import { systemClock, systemRandom } from "#server/system-clock.js";
import { emptyWorld } from "../../test/support/audit-world.js";
import { testPolicy } from "../../test/support/broker-fixture.js";
import { FakeReservation } from "../../test/support/fake-reservation.js";

const firstPort = 2_000;

export interface CoreOnDisk {
  readonly store: SqliteStore;
  readonly broker: Broker;
}

/** All that is between the files and a core that grants `size` ports. */
export async function openCore(
  directory: string,
  size: number,
  hear: (event: BrokerEvent) => void = () => undefined,
): Promise<CoreOnDisk> {
  const store = await openSqliteStore({ directory, wallClock: systemClock });
  const state = await store.load();
  const ports = { firstPort, lastPort: firstPort + size - 1 };
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
  const sink = { publish: hear };
  const leased = new Set(state.leases.map((lease) => lease.ports.firstPort));
  const reservation = new FakeReservation(firstPort, size);
  const block = new PortBlock(record, reservation, leased, systemClock, sink);
  const policy = { ...testPolicy, size, sizeMax: size };
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
