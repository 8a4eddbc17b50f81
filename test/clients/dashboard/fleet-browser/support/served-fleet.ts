// A fleet server around a view that a test fills itself, in the place of etcd: the real handlers, watches, gate and HTTP listener with
// the built dashboard, in this process.

import { FleetSource_Kind } from "@portlease/proto/portlease/v1/fleet_service.js";
import { fleetFilters } from "#fleet/api/fleet-filters.js";
import { fleetService } from "#fleet/api/fleet-service.js";
import { FleetWatches } from "#fleet/api/fleet-watches.js";
import { servedFleetService } from "#fleet/api/served-fleet-service.js";
import { FleetSourceError } from "#fleet/sources/fleet-source.js";
import { FleetView } from "#fleet/view/fleet-view.js";
import { noAuditTrail } from "#server/audit-trail/audit-trail.js";
import { AcceptLimits } from "#server/grpc/accept-limits.js";
import type { GuardParts } from "#server/grpc/guard.js";
import { GuardedServices } from "#server/grpc/guarded-services.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { openApi } from "#server/http/api-methods.js";
import { readDashboardFiles } from "#server/http/dashboard-files.js";
import { HttpServer } from "#server/http/http-server.js";
import { hostRulesOf } from "#server/http/request-checks.js";
import { Site } from "#server/http/site.js";
import { StaticFiles } from "#server/http/static-files.js";
import { once } from "#server/once.js";
import { brokerKind, type ServerKind } from "#server/server-kind.js";
import { systemClock } from "#server/system-clock.js";
import { join } from "node:path";
import { openGate, plainLimits } from "../../../../support/open-gate.js";
import { repositoryRoot } from "../../../../support/repository.js";
import { silentLog } from "../../../../support/silent-log.js";
import type { SimulatedFleet } from "../../../../support/simulated-fleet.js";

const folder = join(repositoryRoot, "dist", "clients", "fleet-dashboard");

const kind: ServerKind = {
  ...brokerKind,
  name: "fleet server",
  dashboard: "fleet-dashboard",
  firstMethod: "/portlease.v1.FleetService/GetFleet",
  exampleMethod: "/portlease.v1.FleetService/ListHosts",
};

export interface ServedFleetOptions {
  /** Default: everybody is let in. */
  readonly gate?: GuardParts["gate"];
  /** Default: a free one. */
  readonly port?: number;
}

export class ServedFleet {
  readonly view = new FleetView(systemClock);
  readonly #watches: FleetWatches;
  readonly #server: HttpServer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #address = "";

  private constructor({ gate = openGate }: ServedFleetOptions) {
    const { view } = this;
    const source = {
      forgetHost: () => Promise.reject(new FleetSourceError("CLOSED", "there is no etcd")),
    };
    const facts = { version: "0.2.0", sourceKind: FleetSource_Kind.KIND_ETCD, sourceAddresses: [] };
    this.#watches = new FleetWatches({
      view,
      facts,
      filters: fleetFilters,
      clock: systemClock,
      log: silentLog,
    });
    const watches = this.#watches;
    const implementation = fleetService({
      facts,
      view,
      source,
      watches,
      clock: systemClock,
      log: silentLog,
    });
    const connections = new PeerConnections();
    const guarded = new GuardedServices([{ definition: servedFleetService, implementation }], {
      gate,
      originOf: (peer) => connections.originOf(peer),
      trail: noAuditTrail,
      clock: systemClock,
      log: silentLog,
    });
    const site = new Site({
      api: once(() => Promise.resolve(openApi(guarded.all))),
      guarded,
      kind,
      obstacle: () => null,
      pages: new Map(),
      files: new StaticFiles(readDashboardFiles(folder)),
      hosts: () => hostRulesOf("127.0.0.1", [], false, kind.name),
      keepAliveEveryMs: 60_000,
      log: silentLog,
    });
    const acceptLimits = new AcceptLimits(plainLimits);
    this.#server = new HttpServer({ site, connections, acceptLimits, tls: null, log: silentLog });
  }

  static async start(options: ServedFleetOptions = {}): Promise<ServedFleet> {
    const fleet = new ServedFleet(options);
    const { port = 0 } = options;
    fleet.#address = await fleet.#server.listen({ host: "127.0.0.1", port });
    fleet.#serveWatches();
    return fleet;
  }

  /** As a source tells what it found when it connected. */
  tell(hosts: SimulatedFleet): void {
    const snapshot = this.view.beginSnapshot(null);
    hosts.tellAll(snapshot);
    snapshot.end();
    this.view.setSource({ connected: true, detail: "" });
    this.view.heard();
  }

  /** With a slash at the end. */
  get url(): string {
    return `http://${this.#address}/`;
  }

  get port(): number {
    return Number(this.#address.split(":").at(-1));
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#watches.stop();
    await this.#server.stop();
  }

  /** As often as the fastest watch could want. */
  #serveWatches(): void {
    this.#watches.advance();
    this.#timer = setTimeout(() => this.#serveWatches(), 50);
  }
}
