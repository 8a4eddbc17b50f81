// The HTTP listener over handlers that a test writes, with everybody let in: on a real socket, without a broker behind it.

import { connect, type Socket } from "node:net";
import { once } from "node:events";
import type { AdminServiceServer } from "@portlease/proto/portlease/v1/admin_service.js";
import { AcceptLimits } from "#server/grpc/accept-limits.js";
import type { GuardParts } from "#server/grpc/guard.js";
import type { GuardedServices } from "#server/grpc/guarded-services.js";
import { brokerHealth, Health } from "#server/grpc/health.js";
import type { ServedLeaseService } from "#server/grpc/lease-service.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { openApi } from "#server/http/api-methods.js";
import { readDashboardFiles } from "#server/http/dashboard-files.js";
import { HttpServer, type Timeouts } from "#server/http/http-server.js";
import type { Page } from "#server/http/page.js";
import { hostRulesOf } from "#server/http/request-checks.js";
import { Site } from "#server/http/site.js";
import { StaticFiles } from "#server/http/static-files.js";
import { once as onceOpened } from "#server/once.js";
import { brokerKind } from "#server/server-kind.js";
import { HttpCaller } from "./http-caller.js";
import { openGate, plainLimits, servedToAll } from "./open-gate.js";
import { silentLog } from "./silent-log.js";

export interface HttpLabOptions {
  readonly lease?: Partial<ServedLeaseService>;
  readonly admin?: Partial<AdminServiceServer>;
  readonly gate?: Partial<GuardParts["gate"]>;
  /** By path. */
  readonly pages?: Readonly<Record<string, Page>>;
  readonly obstacle?: string;
  /** A folder with a dashboard; default: there is none. */
  readonly folder?: string;
  readonly names?: readonly string[];
  readonly keepAliveEveryMs?: number;
  readonly connectionsMax?: number;
  readonly timeouts?: Partial<Timeouts>;
}

export class HttpLab {
  readonly server: HttpServer;
  readonly guarded: GuardedServices;
  readonly #sockets: Socket[] = [];
  #address = "";

  private constructor(options: HttpLabOptions) {
    const connections = new PeerConnections();
    const services = { lease: options.lease ?? {}, admin: options.admin ?? {} };
    // What a test does not call has no handler.
    const served = services as Parameters<typeof servedToAll>[0];
    const gate = { ...openGate, ...options.gate };
    const { guarded } = servedToAll(served, connections, new Health(brokerHealth), gate);
    this.guarded = guarded;
    const site = new Site({
      api: onceOpened(() => Promise.resolve(openApi(guarded.all))),
      guarded,
      kind: brokerKind,
      obstacle: () => options.obstacle ?? null,
      pages: new Map(Object.entries(options.pages ?? {})),
      files: new StaticFiles(readDashboardFiles(options.folder ?? "/nowhere")),
      hosts: () => hostRulesOf("127.0.0.1", options.names ?? [], false, "broker"),
      keepAliveEveryMs: options.keepAliveEveryMs ?? 60_000,
      log: silentLog,
    });
    const limits = { ...plainLimits, connectionsMax: options.connectionsMax ?? 1_000 };
    const acceptLimits = new AcceptLimits(limits);
    const { timeouts = {} } = options;
    this.server = new HttpServer({
      site,
      connections,
      acceptLimits,
      tls: null,
      log: silentLog,
      timeouts,
    });
  }

  /** One that listens nowhere yet. */
  static made(options: HttpLabOptions = {}): HttpLab {
    return new HttpLab(options);
  }

  static async start(options: HttpLabOptions = {}): Promise<HttpLab> {
    const lab = new HttpLab(options);
    lab.#address = await lab.server.listen({ host: "127.0.0.1", port: 0 });
    return lab;
  }

  get address(): string {
    return this.#address;
  }

  get caller(): HttpCaller {
    return this.callerAt(this.#address);
  }

  callerAt(address: string): HttpCaller {
    return new HttpCaller(address);
  }

  /** A connection on which the test writes what it likes. */
  async connect(): Promise<Socket> {
    const socket = connect(Number(this.#address.split(":").at(-1)), "127.0.0.1");
    this.#sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.server.stop();
  }
}

/** Everything that comes on a connection until the other side ends it. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  if (!socket.closed) await once(socket, "close");
  return text;
}
