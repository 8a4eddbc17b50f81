// The servers through which callers come, gRPC and HTTP: over the same guarded services, with one certificate, and with their
// connections counted together.

import { setTimeout as pause } from "node:timers/promises";
import { type HostPorts, listenOnLeased, openLesseeSockets } from "@portlease/native";
import type { Gate } from "./access/gate.js";
import type { AuditTrail } from "./audit-trail/audit-trail.js";
import type { TlsIdentity } from "./access/tls-material.js";
import type { OwnPort } from "./blocks/reserve-own-ports.js";
import type { BrokerConfig, LimitsConfig } from "./config/config.js";
import { type ListenAddress, parseListenAddress } from "./config/listen-address.js";
import { type EndpointParts, listenForClients, type Listening } from "./endpoint/listen.js";
import { listenForHttp } from "./endpoint/listen-for-http.js";
import { resolveBySystem } from "./endpoint/literal-address.js";
import { localSocketPath } from "./endpoint/local-socket.js";
import { AcceptLimits } from "./grpc/accept-limits.js";
import { GuardedServices, type ServedService } from "./grpc/guarded-services.js";
import type { Health } from "./grpc/health.js";
import type { PeerConnections } from "./grpc/peer-connections.js";
import type { RpcCounters } from "./grpc/rpc-counters.js";
import { GrpcServer } from "./grpc/server.js";
import { openHttp, type OpenHttp } from "./http/open-http.js";
import type { Pages } from "./http/page.js";
import type { Log } from "./log.js";
import type { ServerKind } from "./server-kind.js";
import { systemClock } from "./system-clock.js";
import type { CallTracing } from "./tracing/call-tracing.js";

export type ServersConfig = Pick<
  BrokerConfig,
  "listen" | "http" | "limits" | "localSocket" | "dataDirectory"
>;

export interface ServersParts {
  readonly kind: ServerKind;
  readonly services: readonly ServedService[];
  readonly health: Health;
  readonly connections: PeerConnections;
  readonly gate: Gate;
  /** `null`: clear text. */
  readonly tls: TlsIdentity | null;
  readonly trail: AuditTrail;
  /** `null`: calls are not traced. */
  readonly tracing: CallTracing | null;
  /** What HTTP serves besides. */
  readonly pages: Pages;
  readonly hostPorts: Pick<HostPorts, "excludedRanges">;
  readonly log: Log;
}

export class Servers {
  readonly #config: ServersConfig;
  readonly #parts: ServersParts;
  readonly #acceptLimits: AcceptLimits;
  readonly #guarded: GuardedServices;
  readonly #grpc: GrpcServer;
  readonly #http: OpenHttp | null;
  #addresses: readonly string[] = [];
  #httpAddress: string | null = null;

  constructor(config: ServersConfig, parts: ServersParts) {
    this.#config = config;
    this.#parts = parts;
    const { kind, services, health, connections, gate, tls, trail, tracing, pages, log } = parts;
    const acceptLimits = new AcceptLimits(config.limits);
    this.#acceptLimits = acceptLimits;
    const originOf = (peer: string) => connections.originOf(peer);
    const guards = { gate, originOf, trail, clock: systemClock, tracing, log };
    const guarded = new GuardedServices(services, guards);
    this.#guarded = guarded;
    this.#grpc = new GrpcServer({ kind, guarded, health }, connections, { acceptLimits, tls }, log);
    const shared = { kind, guarded, connections, acceptLimits, tls, health, pages, log };
    this.#http = openHttp(config, shared);
  }

  /** What clients connect to, the best first. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** host:port; `null`: HTTP is off. */
  get httpAddress(): string | null {
    return this.#httpAddress;
  }

  /** "http://127.0.0.1:7601/"; `null`: HTTP is off. */
  get httpUrl(): string | null {
    if (this.#httpAddress === null) return null;
    return `${this.#parts.tls === null ? "http" : "https"}://${this.#httpAddress}/`;
  }

  /** Rejects with StartError when there is nowhere to listen. `ownPorts` says how, by port. */
  async listen(ownPorts: ReadonlyMap<number, OwnPort>): Promise<void> {
    const { listen, localSocket } = this.#config;
    const howTo = ({ port }: ListenAddress): OwnPort => ownPorts.get(port) ?? { state: "ordinary" };
    const wish = { address: parseListenAddress(listen), localSocket };
    this.#addresses = await listenForClients(this.#endpoint(this.#grpc), wish, howTo(wish.address));
    if (this.#http === null) return;
    const { server, wish: httpWish } = this.#http;
    const own = howTo(httpWish.address);
    this.#httpAddress = await listenForHttp(
      this.#endpoint(server),
      httpWish,
      own,
      this.#parts.kind.findsHttpBy,
    );
  }

  /** Those that are open now, of both. */
  get connectionCount(): number {
    return this.#acceptLimits.open;
  }

  /** What new connections get; `null`: clear text. */
  get identity(): TlsIdentity | null {
    return this.#grpc.identity;
  }

  /** The calls of the services so far. */
  get counters(): RpcCounters {
    return this.#guarded.counters;
  }

  /** Accepts nothing new, lets open calls go on for a moment, then ends them. */
  async stop(): Promise<void> {
    await Promise.all([this.#grpc.stop(), this.#http?.server.stop()]);
  }

  /** Ends the calls under way of callers who may not make them any more. Call it when tokens have changed. */
  checkCalls(): void {
    this.#guarded.checkCalls();
  }

  /** For connections from now on. */
  changeLimits(limits: LimitsConfig): void {
    this.#acceptLimits.change(limits);
  }

  /** By which names browsers may call from now on, besides those that it listens on. */
  allowHosts(names: readonly string[]): void {
    this.#http?.allowHosts(names);
  }

  /** For connections from now on. Throws when the certificate cannot be used; the one before stays then. */
  replaceCertificate(identity: TlsIdentity): void {
    this.#grpc.replaceCertificate(identity);
    this.#http?.server.replaceCertificate(identity);
  }

  #endpoint(server: Listening): EndpointParts {
    const { hostPorts, tls, log } = this.#parts;
    return {
      server,
      bindLeased: (request) => openLesseeSockets().bindLeased(request),
      listenOnBound: listenOnLeased,
      excludedRanges: () => hostPorts.excludedRanges("tcp"),
      localSocketPath: localSocketPath(process.platform, this.#config.dataDirectory),
      secured: tls !== null,
      resolve: resolveBySystem,
      pause,
      log,
    };
  }
}
