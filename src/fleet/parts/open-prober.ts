// The prober of silent hosts, between the view that knows them and the view that is told what it finds.

import type { OpenedThings } from "../../server/opened-things.js";
import { HostProber, type ProbedHost } from "../probe/host-prober.js";
import type { FleetReader, ProbeSink } from "../view/fleet-reader.js";

/** Closed by `opened`. */
export function openProber(view: FleetReader & ProbeSink, opened: OpenedThings): HostProber {
  const prober = new HostProber({
    silentHosts: () => silentHosts(view),
    found: (hostId, outcome, wallMs) => view.setProbe(hostId, { outcome, triedWallMs: wallMs }),
  });
  opened.add(() => prober.close());
  return prober;
}

function* silentHosts(view: FleetReader): Iterable<readonly [string, ProbedHost]> {
  // Most of the time all are heard from, and none of a thousand need be looked at.
  if (view.totals().hosts["not-heard-from"] === 0) return;
  for (const { hostId, state, record } of view.hosts()) {
    if (state === "not-heard-from" && record !== null) yield [hostId, record];
  }
}
