// Puts the HTTP listener together out of the configuration and what the broker has: the same services, gate and limits as gRPC.

import { fileURLToPath } from "node:url";
import type { TlsIdentity } from "../access/tls-material.js";
import type { BrokerConfig } from "../config/config.js";
import { type HttpWish, httpWish } from "../config/http-settings.js";
import type { AcceptLimits } from "../grpc/accept-limits.js";
import type { GuardedServices } from "../grpc/guarded-services.js";
import type { Health } from "../grpc/health.js";
import type { PeerConnections } from "../grpc/peer-connections.js";
import type { Log } from "../log.js";
import { openApi } from "./api-methods.js";
import { readDashboardFiles } from "./dashboard-files.js";
import { HttpServer } from "./http-server.js";
import { keepAliveEveryMs } from "./limits.js";
import type { MetricsSource } from "./metrics-source.js";
import { type HostRules, hostRulesOf } from "./request-checks.js";
import { Site } from "./site.js";
import { StaticFiles } from "./static-files.js";

/** Where the build puts it, seen from where the compiled server lies. */
const dashboardFolder = fileURLToPath(new URL("../../../clients/dashboard", import.meta.url));

export interface HttpParts {
  readonly guarded: GuardedServices;
  readonly connections: PeerConnections;
  readonly acceptLimits: AcceptLimits;
  readonly tls: TlsIdentity | null;
  readonly health: Health;
  readonly metrics: MetricsSource | null;
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
  { guarded, connections, acceptLimits, tls, health, metrics, log }: HttpParts,
): OpenHttp | null {
  const wish = httpWish(config);
  if (wish === null) return null;
  const rulesFor = (allowed: readonly string[]): HostRules =>
    hostRulesOf(wish.address.host, allowed, tls !== null);
  let hosts = rulesFor(config.http.allowedHosts);
  const allowHosts = (allowed: readonly string[]): void => {
    hosts = rulesFor(allowed);
  };
  const site = new Site({
    api: openApi(guarded.all),
    guarded,
    state: () => health.state,
    metrics,
    files: new StaticFiles(readDashboardFiles(dashboardFolder)),
    hosts: () => hosts,
    keepAliveEveryMs,
    log,
  });
  const server = new HttpServer({ site, connections, acceptLimits, tls, log });
  return { wish, server, allowHosts };
}
