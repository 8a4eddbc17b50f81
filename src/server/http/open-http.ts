// Puts the HTTP listener together out of the configuration and what the server has: the same services, gate and limits as gRPC.

import { fileURLToPath } from "node:url";
import type { TlsIdentity } from "../access/tls-material.js";
import type { BrokerConfig } from "../config/config.js";
import { type HttpWish, httpWish } from "../config/http-settings.js";
import type { AcceptLimits } from "../grpc/accept-limits.js";
import type { GuardedServices } from "../grpc/guarded-services.js";
import type { Health } from "../grpc/health.js";
import type { PeerConnections } from "../grpc/peer-connections.js";
import type { Log } from "../log.js";
import type { ServerKind } from "../server-kind.js";
import { once } from "../once.js";
import { packageRoot } from "../package-root.js";
import { readDashboardFiles } from "./dashboard-files.js";
import { HttpServer } from "./http-server.js";
import { keepAliveEveryMs } from "./limits.js";
import type { Pages } from "./page.js";
import { type HostRules, hostRulesOf } from "./request-checks.js";
import { Site } from "./site.js";
import { StaticFiles } from "./static-files.js";

/** Where the build puts the dashboards. */
const dashboardsFolder = new URL("dist/clients/", packageRoot);

export interface HttpParts {
  readonly kind: ServerKind;
  readonly guarded: GuardedServices;
  readonly connections: PeerConnections;
  readonly acceptLimits: AcceptLimits;
  readonly tls: TlsIdentity | null;
  readonly health: Health;
  readonly pages: Pages;
  readonly log: Log;
}

export interface OpenHttp {
  readonly wish: HttpWish;
  readonly server: HttpServer;
  /** The names of http.allowedHosts are these from now on. */
  readonly allowHosts: (names: readonly string[]) => void;
}

/** `null`: HTTP is off. */
export function openHttp(
  config: Pick<BrokerConfig, "http" | "listen">,
  { kind, guarded, connections, acceptLimits, tls, health, pages, log }: HttpParts,
): OpenHttp | null {
  const wish = httpWish(config, kind.httpAddress);
  if (wish === null) return null;
  const rulesFor = (allowed: readonly string[]): HostRules =>
    hostRulesOf(wish.address.host, allowed, tls !== null, kind.name);
  let hosts = rulesFor(config.http.allowedHosts);
  const allowHosts = (allowed: readonly string[]): void => {
    hosts = rulesFor(allowed);
  };
  const folder = fileURLToPath(new URL(kind.dashboard, dashboardsFolder));
  const site = new Site({
    kind,
    // The JSON of the API needs descriptors of all its messages, which take long to read: not before somebody asks.
    api: once(async () => (await import("./api-methods.js")).openApi(guarded.all)),
    guarded,
    obstacle: () => health.obstacle,
    pages,
    files: new StaticFiles(readDashboardFiles(folder)),
    hosts: () => hosts,
    keepAliveEveryMs,
    log,
  });
  const server = new HttpServer({ site, connections, acceptLimits, tls, log });
  return { wish, server, allowHosts };
}
