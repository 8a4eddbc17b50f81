// When a fleet server is ready: once it has seen the fleet. It stays so while its source is away, since that is away for all fleet
// servers at once: a balancer would have none of them left, just when people look. What is shown then says how old it is.

import type { Health } from "../../server/grpc/health.js";
import type { Timed } from "../../server/housekeeping.js";
import type { Log } from "../../server/log.js";
import type { FleetSource } from "../sources/fleet-source.js";

/** As Health has obstacles. */
export const notSeenYet =
  "the fleet server has not seen the fleet yet: GetFleet says how its source is";

export class Readiness implements Timed {
  readonly #source: Pick<FleetSource, "stats">;
  readonly #health: Pick<Health, "setObstacle">;
  readonly #log: Log;
  #ready = false;

  /** `health`: with the obstacle `notSeenYet`. */
  constructor(source: Pick<FleetSource, "stats">, health: Pick<Health, "setObstacle">, log: Log) {
    this.#source = source;
    this.#health = health;
    this.#log = log;
  }

  advance(): null {
    if (this.#ready || this.#source.stats.snapshots === 0) return null;
    this.#ready = true;
    this.#health.setObstacle(null);
    this.#log.info("the fleet was seen", { component: "fleet" });
    return null;
  }
}
