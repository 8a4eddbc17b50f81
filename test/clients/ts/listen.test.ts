// Servers of every kind on really held ports, and the refusals when the lease does not hold.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, get } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { credentials, Server as GrpcServer, type ServiceError } from "@grpc/grpc-js";
import { LeaseClient, type Lease, type LeaseListenOptions } from "@portlease/client";
import {
  NativeError,
  openLesseeSockets,
  type LesseeSockets,
  type ReservedBlock,
} from "@portlease/native";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import {
  LeaseNotice_Type,
  LeaseServiceClient,
  LeaseServiceService,
  type LeaseServiceServer,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { eventually } from "../../support/eventually.js";
import { failure } from "./support/client-lab.js";
import { FakeLeaseService, refusal } from "./support/fake-lease-service.js";
import { FakeTime } from "./support/fake-time.js";
import { holdPorts, portsOf } from "./support/held-ports.js";
import { labOptions } from "./support/lab-options.js";

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}

const noTransfers: Pick<LesseeSockets, "openTransferred"> = {
  openTransferred: () => assert.fail("nothing is handed over here"),
};

describe("Lease.listen()", function () {
  if (process.platform !== "linux") {
    it("holds ports on Linux only: run these tests there");
    return;
  }
  let block: ReservedBlock;
  let service: FakeLeaseService;
  let time: FakeTime;
  let client: LeaseClient;

  before(async () => {
    block = await holdPorts(4);
  });
  after(() => block.release());

  beforeEach(async () => {
    service = await new FakeLeaseService(portsOf(block)).start();
    time = new FakeTime();
    client = new LeaseClient(labOptions(service, time));
  });
  afterEach(async () => {
    await client.close();
    service.stop();
  });

  /** A lease whose session is up, so that news reach it. */
  async function subscribed(options: Parameters<LeaseClient["acquire"]>[0] = {}): Promise<Lease> {
    const lease = await client.acquire(options);
    await eventually("the first renewal", () => service.renewals.length > 0);
    return lease;
  }

  function revoke(lease: Lease): Promise<unknown> {
    const lost = new Promise((resolve) => lease.once("lost", resolve));
    service.tell({
      $case: "leaseNotice",
      value: {
        leaseId: lease.leaseId,
        type: LeaseNotice_Type.TYPE_ENDED,
        endReason: LeaseEndReason.LEASE_END_REASON_REVOKED,
        reservations: [],
        message: "revoked",
      },
    });
    return lost;
  }

  describe("with each kind of server", () => {
    it("serves http", async () => {
      const lease = await client.acquire();
      const server = createHttpServer((_, response) => response.end("hello"));
      await lease.listen(server);
      const request = get({ port: lease.port, host: "127.0.0.1", agent: false });
      const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
      assert.equal(await text(response), "hello");
      await closed(server);
    });

    it("serves http2", async () => {
      const lease = await client.acquire();
      const server = createHttp2Server();
      server.on("stream", (stream) => stream.end("hello"));
      await lease.listen(server);
      const session = connectHttp2(`http://127.0.0.1:${lease.port}`);
      assert.equal(await text(session.request()), "hello");
      session.close();
      await closed(server);
    });

    it("serves plain connections, by IPv4 and by IPv6", async () => {
      const lease = await client.acquire();
      const server = createServer((socket) => socket.end("hello"));
      await lease.listen(server);
      assert.equal((server.address() as AddressInfo).port, lease.port);
      const hosts =
        (server.address() as AddressInfo).family === "IPv6" ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
      for (const host of hosts) assert.equal(await text(connect(lease.port, host)), "hello");
      await closed(server);
    });

    it("serves grpc-js, and stops with its listener", async () => {
      const lease = await client.acquire();
      const grpcServer = new GrpcServer();
      grpcServer.addService(LeaseServiceService, {
        getLease: (_call, callback) => callback(null, { lease: undefined }),
      } satisfies Partial<LeaseServiceServer> as Partial<LeaseServiceServer> as LeaseServiceServer);
      const listener = await lease.listenGrpc(grpcServer);
      assert.equal(listener.port, lease.port);
      const stub = new LeaseServiceClient(`127.0.0.1:${lease.port}`, credentials.createInsecure());
      const call = (): Promise<ServiceError | null> =>
        new Promise((resolve) => stub.getLease({ leaseId: "x" }, (error) => resolve(error)));
      assert.equal(await call(), null);
      await listener.close();
      await listener.close();
      assert.equal((await call())?.code, 14);
      stub.close();
      grpcServer.forceShutdown();
    });
  });

  describe("options", () => {
    async function addressWith(options: LeaseListenOptions): Promise<AddressInfo> {
      const lease = await client.acquire({ portCount: 2 });
      const server = createServer();
      await lease.listen(server, options);
      const address = server.address() as AddressInfo;
      await closed(server);
      return address;
    }

    it("gives up when its signal is aborted before it listens, and never listens then", async () => {
      const lease = await client.acquire();
      const server = createServer();
      const giveUp = new AbortController();
      const listening = lease.listen(server, { signal: giveUp.signal });
      giveUp.abort();
      assert.equal((await failure(listening)).reason, "CALL_ABORTED");
      assert.equal(server.listening, false);
      await lease.listen(server);
      await closed(server);
    });

    it("binds the address asked for, and names through the resolver", async () => {
      assert.equal((await addressWith({ host: "127.0.0.1" })).address, "127.0.0.1");
      assert.match((await addressWith({ host: "localhost" })).address, /^(127\.0\.0\.1|::1)$/);
    });

    it("binds another port of a run", async () => {
      const port = block.firstPort + 1;
      assert.equal((await addressWith({ port })).port, port);
    });

    it("takes IPv4 alone on a host without IPv6, unless IPv6 was asked for", async () => {
      const tried: string[] = [];
      const sockets: LesseeSockets = {
        ...noTransfers,
        bindLeased: (request) => {
          tried.push(request.address);
          if (request.address !== "::") return openLesseeSockets().bindLeased(request);
          const fields = { api: "socket", errorNumber: 97, errorName: "EAFNOSUPPORT" };
          throw new NativeError("OS_ERROR", "no IPv6 here", fields);
        },
      };
      const options = { ...labOptions(service, time), sockets: () => sockets };
      await using without = new LeaseClient(options);
      const lease = await without.acquire();
      const server = createServer();
      await lease.listen(server);
      assert.equal((server.address() as AddressInfo).address, "0.0.0.0");
      await closed(server);
      assert.equal((await failure(lease.listen(server, { host: "::" }))).reason, "BIND_FAILED");
      assert.deepEqual(tried, ["::", "0.0.0.0", "::"]);
    });

    it("refuses a port of somebody else", async () => {
      const lease = await client.acquire();
      const error = await failure(lease.listen(createServer(), { port: block.firstPort + 3 }));
      assert.equal(error.reason, "PORT_NOT_IN_LEASE");
      assert.match(error.message, new RegExp(`has ports ${lease.port}`));
    });

    it("refuses a host without an address", async () => {
      const lease = await client.acquire();
      const error = await failure(lease.listen(createServer(), { host: "no-such-host.invalid" }));
      assert.equal(error.reason, "OPTION_INVALID");
    });
  });

  describe("refuses to listen", () => {
    it("on a lost lease, without binding first", async () => {
      const noSockets = (): LesseeSockets => assert.fail("bound");
      await using other = new LeaseClient({ ...labOptions(service, time), sockets: noSockets });
      const lease = await other.acquire();
      await eventually("the first renewal", () => service.renewals.length > 0);
      await revoke(lease);
      const server = createServer();
      const error = await failure(lease.listen(server));
      assert.equal(error.reason, "LEASE_LOST");
      assert.match(error.message, /lost.*Acquire another lease/);
      assert.equal(server.listening, false);
    });

    it("on a released lease", async () => {
      const lease = await client.acquire();
      await lease.release();
      assert.equal((await failure(lease.listen(createServer()))).reason, "LEASE_LOST");
    });

    it("past the deadline, before the broker has confirmed the lease after a pause", async () => {
      service.onRenew = () => ({ ttl: undefined, error: refusal(14, "STORE_UNAVAILABLE") });
      const lease = await client.acquire();
      time.pass(60_000);
      assert.equal((await failure(lease.listen(createServer()))).reason, "LEASE_IN_DOUBT");
    });

    it("when the deadline passes between bind and listen, and frees the port", async () => {
      const bindLater: LesseeSockets = {
        ...noTransfers,
        bindLeased: (request) => {
          const socket = openLesseeSockets().bindLeased(request);
          time.pass(29_900);
          return socket;
        },
      };
      const slow = new LeaseClient({ ...labOptions(service, time), sockets: () => bindLater });
      const lease = await slow.acquire();
      const server = createServer();
      assert.equal((await failure(lease.listen(server))).reason, "LEASE_LOST");
      assert.equal(server.listening, false);
      await slow.close();
      assert.equal(block.reclaimPort(lease.port).state, "free");
    });

    it("where the operating system refuses the bind, with its error as the cause", async () => {
      const lease = await client.acquire();
      const first = createServer();
      await lease.listen(first, { host: "127.0.0.1" });
      service.bindMethod = BindMethod.BIND_METHOD_HANDOFF;
      const windows = await client.acquire();
      // What the broker answers cannot be opened here.
      const error = await failure(windows.listen(createServer()));
      assert.equal(error.reason, "BIND_FAILED");
      assert.ok(error.cause instanceof NativeError);
      assert.match(error.message, new RegExp(`leased port ${windows.port}`));
      await closed(first);
    });

    it("with a server that listens already", async () => {
      const lease = await client.acquire();
      const server = createServer();
      await lease.listen(server);
      const error = await failure(lease.listen(server));
      assert.equal(error.reason, "BIND_FAILED");
      assert.equal(server.listening, true);
      await closed(server);
    });
  });

  describe("and a lost lease", () => {
    it("leaves the server alone by default", async () => {
      const lease = await subscribed();
      const server = createServer();
      await lease.listen(server);
      await revoke(lease);
      assert.equal(server.listening, true);
      await closed(server);
    });

    it("closes its servers when asked to, before the event", async () => {
      const lease = await subscribed({ onLost: "close" });
      const server = createServer();
      await lease.listen(server);
      await failure(lease.listen(server));
      const closing = once(server, "close");
      let listeningAtEvent = true;
      lease.once("lost", () => (listeningAtEvent = server.listening));
      await revoke(lease);
      await closing;
      assert.equal(listeningAtEvent, false);
    });

    it("closes a gRPC listener too", async () => {
      const lease = await subscribed({ onLost: "close" });
      const grpcServer = new GrpcServer();
      const listener = await lease.listenGrpc(grpcServer);
      await revoke(lease);
      await listener.close();
      assert.equal(block.reclaimPort(lease.port).state, "free");
      grpcServer.forceShutdown();
    });

    it("calls a function with the reason", async () => {
      const lost: unknown[] = [];
      const lease = await subscribed({ onLost: (why) => lost.push(why) });
      await revoke(lease);
      assert.deepEqual(lost, [{ reason: "REVOKED", message: "revoked" }]);
    });
  });
});
