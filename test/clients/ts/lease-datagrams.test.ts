// dgram sockets on leased UDP ports, also with the TCP port of the same number.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { LeaseClient } from "@portlease/client";
import {
  openLesseeSockets,
  type BindLeasedRequest,
  type BoundSocket,
  type LesseeSockets,
} from "@portlease/native";
import { BindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { eventually } from "../../support/eventually.js";
import { UdpLesseeSockets } from "../../support/udp-lessee-sockets.js";
import { endNotice, failure } from "./support/client-lab.js";
import { FakeLeaseService, refusal } from "./support/fake-lease-service.js";
import { FakeTime } from "./support/fake-time.js";
import { labOptions } from "./support/lab-options.js";

/** Both protocols, each bound plainly. */
class BothSockets implements LesseeSockets {
  readonly requests: BindLeasedRequest[] = [];
  readonly #udp = new UdpLesseeSockets();

  bindLeased(request: BindLeasedRequest): BoundSocket {
    this.requests.push(request);
    if (request.protocol === "udp") return this.#udp.bindLeased(request);
    return openLesseeSockets().bindLeased({ ...request, bindMethod: "plain" });
  }

  openTransferred(): never {
    return assert.fail("nothing is handed over here");
  }

  /** A number that is free in both. */
  freePort(): number {
    const socket = this.#udp.bind("::");
    socket.close();
    return socket.port;
  }
}

describe("Lease.bind()", function () {
  if (process.platform !== "linux") {
    it("binds outside of Node on Linux only: run these tests there");
    return;
  }
  let service: FakeLeaseService;
  let time: FakeTime;
  let lessee: BothSockets;
  let client: LeaseClient;
  const opened = new Set<Socket>();

  const open = (type: "udp4" | "udp6"): Socket => {
    const socket = createSocket(type);
    opened.add(socket);
    socket.once("close", () => opened.delete(socket));
    return socket;
  };

  beforeEach(async () => {
    lessee = new BothSockets();
    service = await new FakeLeaseService([lessee.freePort()]).start();
    service.bindMethod = BindMethod.BIND_METHOD_PLAIN;
    time = new FakeTime();
    client = new LeaseClient({ ...labOptions(service, time), sockets: () => lessee });
  });
  afterEach(async () => {
    const closed = [...opened].map((socket) => (socket.close(), once(socket, "close")));
    await Promise.all(closed);
    await client.close();
    service.stop();
  });

  async function echoed(server: Socket, host: string, type: "udp4" | "udp6"): Promise<string> {
    server.once("message", (message, from) => server.send(message, from.port, from.address));
    const sender = open(type);
    sender.send("hello", server.address().port, host);
    const [answer] = (await once(sender, "message")) as [Buffer];
    return answer.toString();
  }

  it("makes a dgram socket receive and send on the leased port", async () => {
    const lease = await client.acquire({ protocol: "udp" });
    assert.equal(lease.protocol, "udp");
    const socket = open("udp4");
    await lease.bind(socket);
    assert.deepEqual(socket.address(), { address: "0.0.0.0", port: lease.port, family: "IPv4" });
    assert.equal(await echoed(socket, "127.0.0.1", "udp4"), "hello");
  });

  it("binds the socket's own family, and both with IPv6", async () => {
    const lease = await client.acquire({ protocol: "udp" });
    const socket = open("udp6");
    await lease.bind(socket);
    assert.equal(await echoed(socket, "::1", "udp6"), "hello");
    assert.equal(await echoed(socket, "127.0.0.1", "udp4"), "hello");
    assert.deepEqual(
      lessee.requests.map(({ address, ipv6Only }) => [address, ipv6Only]),
      [["::", false]],
    );
  });

  it("takes addresses and names of the socket's family only", async () => {
    const lease = await client.acquire({ protocol: "udp" });
    await lease.bind(open("udp6"), { host: "::1", ipv6Only: true });
    await lease.bind(open("udp4"), { host: "localhost" });
    assert.deepEqual(
      lessee.requests.map(({ address, ipv6Only }) => [address, ipv6Only]),
      [
        ["::1", true],
        ["127.0.0.1", false],
      ],
    );
    const error = await failure(lease.bind(open("udp4"), { host: "::1" }));
    assert.equal(error.reason, "OPTION_INVALID");
    assert.match(error.message, /"::1" is an IPv6 address, and the socket is an IPv4 one/);
  });

  it("uses the UDP reservation of a lease of both protocols, and listen the TCP one, on one number", async () => {
    const lease = await client.acquire({ protocol: "tcp-and-udp" });
    assert.equal(service.acquires[0]?.protocol, Protocol.PROTOCOL_TCP_AND_UDP);
    assert.equal(lease.protocol, "tcp-and-udp");
    const socket = open("udp4");
    await lease.bind(socket);
    const server = createServer();
    await lease.listen(server);
    assert.deepEqual(
      lessee.requests.map(({ protocol, port }) => [protocol, port]),
      [
        ["udp", lease.port],
        ["tcp", lease.port],
      ],
    );
    server.close();
    await once(server, "close");
  });

  it("gives each protocol its own token", async () => {
    const grant = service.grant.bind(service);
    service.onAcquire = (request) => {
      const answer = grant(request);
      for (const reservation of answer.reservations) {
        reservation.token = reservation.protocol === Protocol.PROTOCOL_UDP ? 22n : 11n;
        reservation.bindMethod = BindMethod.BIND_METHOD_ASSOCIATE;
      }
      return answer;
    };
    const lease = await client.acquire({ protocol: "tcp-and-udp" });
    await lease.bind(open("udp4"));
    (await lease.openSocket()).close();
    assert.deepEqual(
      lessee.requests.map(({ protocol, token }) => [protocol, token]),
      [
        ["udp", 22n],
        ["tcp", 11n],
      ],
    );
  });

  it("refuses a port of the other protocol", async () => {
    const tcp = await client.acquire();
    const error = await failure(tcp.bind(open("udp4")));
    assert.equal(error.reason, "PORT_NOT_IN_LEASE");
    assert.match(error.message, /cannot bind UDP port \d+: lease \S+ has TCP ports only/);
    const udp = await client.acquire({ protocol: "udp" });
    assert.match((await failure(udp.listen(createServer()))).message, /has UDP ports only/);
    assert.equal(lessee.requests.length, 0);
  });

  it("refuses a socket that is bound already, and frees the port", async () => {
    const lease = await client.acquire({ protocol: "udp" });
    const socket = open("udp4");
    await lease.bind(socket);
    const other = await failure(lease.bind(socket, { host: "127.0.0.2" }));
    assert.equal(other.reason, "BIND_FAILED");
    socket.close();
    await once(socket, "close");
    await lease.bind(open("udp4"));
  });

  it("does not bind when the lease is lost, nor when it is lost while it is bound", async () => {
    const lease = await client.acquire({ protocol: "udp" });
    const bindLeased = lessee.bindLeased.bind(lessee);
    lessee.bindLeased = (request) => {
      const socket = bindLeased(request);
      time.pass(29_900);
      return socket;
    };
    const socket = open("udp4");
    assert.equal((await failure(lease.bind(socket))).reason, "LEASE_LOST");
    assert.equal((await failure(lease.bind(socket))).reason, "LEASE_LOST");
    assert.equal(lessee.requests.length, 1);
    new UdpLesseeSockets().bind("0.0.0.0", lease.port).close();
  });

  it("closes the socket when the lease is lost, where asked to", async () => {
    const lease = await client.acquire({ protocol: "udp", onLost: "close" });
    await eventually("the first renewal", () => service.renewals.length > 0);
    const socket = open("udp4");
    await lease.bind(socket);
    const closed = once(socket, "close");
    service.tell(endNotice(lease.leaseId, LeaseEndReason.LEASE_END_REASON_REVOKED));
    await closed;
  });

  it("lets a socket be that was closed in the moment of the loss", async () => {
    const lease = await client.acquire({ protocol: "udp", onLost: "close" });
    const socket = open("udp4");
    await lease.bind(socket);
    // The loss comes of the time alone, so that it is in the same tick.
    service.onRenew = () => ({ ttl: undefined, error: refusal(14, "STORE_UNAVAILABLE") });
    const lost = once(lease, "lost");
    socket.close();
    time.pass(29_900);
    assert.equal(lease.state, "lost");
    await lost;
  });
});
