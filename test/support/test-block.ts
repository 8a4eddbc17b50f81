// A block of ports of no operating system, for tests of pools.

import type { Clock, EventSink } from "#server/domain/boundaries.js";
import { PortBlock } from "#server/domain/port-block.js";
import type { BlockRecord } from "#server/domain/records.js";
import { FakeReservation } from "./fake-reservation.js";

export interface TestBlock {
  readonly block: PortBlock;
  readonly reservation: FakeReservation;
}

/** A block of pool "default"; all of its ports are free. */
export function testBlock(
  firstPort: number,
  portCount: number,
  clock: Clock,
  events: EventSink = { publish: () => undefined },
): TestBlock {
  const record: BlockRecord = {
    blockId: `default-tcp-${firstPort}`,
    pool: "default",
    protocol: "tcp",
    kind: "held",
    ports: { firstPort, lastPort: firstPort + portCount - 1 },
    isolation: "shared",
    stage: "created",
    draining: false,
    origin: "configured",
  };
  const reservation = new FakeReservation(firstPort, portCount);
  const block = new PortBlock(record, reservation, new Set(), clock, events);
  return { block, reservation };
}
