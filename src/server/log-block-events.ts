// What the log says of the core's events about blocks and the pools that they are of.

import type { BrokerEvent } from "./domain/events.js";
import { formatPortRange } from "./domain/port-range.js";
import type { Log } from "./log.js";

type BlockEvent = Extract<
  BrokerEvent,
  {
    readonly type:
      "block_changed" | "block_removed" | "block_not_removed" | "pool_adjusted" | "pool_not_grown";
  }
>;

export function logBlockEvent(log: Log, event: BlockEvent): void {
  switch (event.type) {
    case "block_removed":
      log.info("block given back to the operating system", { blockId: event.blockId });
      return;
    case "block_not_removed": {
      const { blockId, reason, retryInMs } = event;
      const fields = { blockId, reason, durationMs: retryInMs };
      log.warn("a block could not be given back; it is tried again after durationMs", fields);
      return;
    }
    case "block_changed": {
      const { blockId, ports, kind, pool, draining } = event.block;
      log.info("block recorded", { blockId, ports: formatPortRange(ports), kind, pool, draining });
      return;
    }
    case "pool_adjusted": {
      const { pool, policy, pins, unpinned, quotas } = event.adjustment;
      const set = Object.entries(policy).filter(([, value]) => value !== null);
      const values = set.map(([name, value]) => `${name} ${value}`);
      const counts = `${pins.length} pins, ${unpinned.length} ports unpinned, ${quotas.length} quotas`;
      const reason = [...values, counts].join(", ");
      log.info("an operator changed a pool; beyond its configuration it has", { pool, reason });
      return;
    }
    case "pool_not_grown": {
      const { pool, portCount, reason, retryInMs } = event;
      const fields = { pool, portCount, reason, durationMs: retryInMs };
      log.warn(
        "a pool is nearly full and could not grow; it is tried again after durationMs",
        fields,
      );
      return;
    }
  }
}
