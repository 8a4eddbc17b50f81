// Connections that say nothing, and more of them than there is room for.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { AcceptLimits } from "#server/grpc/accept-limits.js";
import type { BrokerServices } from "#server/grpc/broker-services.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { GrpcServer, type ServerAccess } from "#server/grpc/server.js";
import { connect as connectTls } from "node:tls";
import { CertificateAuthority } from "../support/certificates.js";
import { eventually } from "../support/eventually.js";
import { LeaseCaller } from "../support/lease-caller.js";
import { openToAll, plainLimits, servedToAll } from "../support/open-gate.js";
import { silentLog } from "../support/silent-log.js";

describe("the connections of a broker (semantics 12)", () => {
  let server: GrpcServer;
  let address: string;
  const sockets: Socket[] = [];

  async function start(access: Partial<ServerAccess>): Promise<void> {
    const connections = new PeerConnections();
    const served = servedToAll({ lease: {}, admin: {} } as BrokerServices, connections);
    server = new GrpcServer(served, connections, { ...openToAll, ...access }, silentLog);
    address = await server.listen({ host: "127.0.0.1", port: 0 });
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.stop();
  });

  async function idle(firstWords = ""): Promise<Socket> {
    const socket = connect(Number(address.split(":").at(-1)), "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(firstWords);
    return socket.resume();
  }

  async function serves(): Promise<boolean> {
    const caller = new LeaseCaller(address);
    try {
      return (await caller.health()) === "SERVING";
    } finally {
      caller.close();
    }
  }

  it("are served beside 1,000 that say nothing, which are closed in time", async () => {
    await start({ silentMsMax: 1_500 });
    const silent = await Promise.all(Array.from({ length: 1_000 }, () => idle()));
    assert.equal(await serves(), true);
    // On a slow machine the first are closed before the last are open.
    for (const socket of silent) if (!socket.closed) await once(socket, "close");
    assert.equal(await serves(), true);
  });

  it("are closed when they begin to speak and go no further", async () => {
    await start({ silentMsMax: 50 });
    const socket = await idle("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await once(socket, "close");
  });

  it("stay when they have spoken, though they make no call", async () => {
    await start({ silentMsMax: 50 });
    const settings = String.fromCharCode(0, 0, 0, 4, 0, 0, 0, 0, 0);
    const spoken = await idle(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${settings}`);
    const silent = await idle();
    await once(silent, "close");
    assert.equal(spoken.destroyed || spoken.readableEnded, false);
  });

  it("are closed when they do not go on after TLS", async () => {
    const authority = new CertificateAuthority();
    const { cert, key } = authority.issue({ commonName: "broker", names: ["DNS:localhost"] });
    const tls = {
      cert: Buffer.from(cert),
      key: Buffer.from(key),
      ca: null,
      clientCertificate: "none",
    } as const;
    await start({ silentMsMax: 50, tls });
    const socket = connectTls({
      port: Number(address.split(":").at(-1)),
      host: "127.0.0.1",
      ca: authority.cert,
      servername: "localhost",
      ALPNProtocols: ["h2"],
    });
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "close");
  });

  it("are closed at once when there is no room, and there is room again when others end", async () => {
    await start({ acceptLimits: new AcceptLimits({ ...plainLimits, connectionsMax: 3 }) });
    const open = await Promise.all([idle(), idle(), idle()]);
    const tooMany = await idle();
    await once(tooMany, "close");
    open[0]?.destroy();
    await eventually("there is room again", () => serves().catch(() => false));
  });
});
