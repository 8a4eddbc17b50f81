// Puts the fleet together: its view, what feeds it, and the service that shows it, before anybody guards it.

import type { ServedService } from "../../server/grpc/guarded-services.js";
import type { Log } from "../../server/log.js";
import type { OpenedThings } from "../../server/opened-things.js";
import { systemClock } from "../../server/system-clock.js";
import { version } from "../../server/version.js";
import { factsOf } from "../api/fleet-facts.js";
import { fleetFilters } from "../api/fleet-filters.js";
import { fleetService } from "../api/fleet-service.js";
import { FleetWatches } from "../api/fleet-watches.js";
import { servedFleetService } from "../api/served-fleet-service.js";
import type { FleetServerConfig } from "../config/fleet-config.js";
import type { FleetSource } from "../sources/fleet-source.js";
import { FleetView } from "../view/fleet-view.js";
import { openProber } from "./open-prober.js";
import { openSource } from "./open-source.js";

export interface OpenFleet {
  readonly view: FleetView;
  readonly source: FleetSource;
  readonly watches: FleetWatches;
  readonly service: ServedService;
  /** Begins to listen to the source, and to knock at hosts that are silent. Called once. */
  start(): void;
}

/** Closed by `opened`. Throws StartError CANNOT_SECURE. */
export function openFleet(
  config: Pick<FleetServerConfig, "source" | "retentionMs">,
  log: Log,
  opened: OpenedThings,
): OpenFleet {
  const view = new FleetView(systemClock);
  const source = openSource(config, view, log, opened);
  const prober = openProber(view, opened);
  const shown = { view, facts: factsOf(version, source), log };
  const watches = new FleetWatches({ ...shown, filters: fleetFilters, clock: systemClock });
  const implementation = fleetService({ ...shown, source, watches, clock: systemClock });
  return {
    view,
    source,
    watches,
    service: { definition: servedFleetService, implementation },
    start: () => {
      source.start();
      prober.start();
    },
  };
}
