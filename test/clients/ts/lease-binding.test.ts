// How a lease gets its port bound with the broker's help, over real gRPC: sockets that are handed over, and tokens that change.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { LeaseClient, type Lease } from "@portlease/client";
import {
  NativeError,
  openLesseeSockets,
  type BindLeasedRequest,
  type BoundSocket,
  type LesseeSockets,
  type OpenTransferredRequest,
  type ReservedBlock,
} from "@portlease/native";
import { BindMethod, Protocol } from "@portlease/proto/portlease/v1/common.js";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import { eventually } from "../../support/eventually.js";
import { accessDenied, reservationGone } from "./support/binding-lab.js";
import { failure } from "./support/client-lab.js";
import { FakeLeaseService, refusal } from "./support/fake-lease-service.js";
import { FakeTime } from "./support/fake-time.js";
import { holdPorts, portsOf } from "./support/held-ports.js";
import { labOptions } from "./support/lab-options.js";

/** A process on Windows, as far as it decides; what it binds is really bound, the way of this host. */
class WindowsLessee implements LesseeSockets {
  readonly binds: BindLeasedRequest[] = [];
  readonly opens: OpenTransferredRequest[] = [];
  onBind: (request: BindLeasedRequest) => void = () => undefined;

  bindLeased(request: BindLeasedRequest): BoundSocket {
    this.binds.push(request);
    this.onBind(request);
    return openLesseeSockets().bindLeased({ ...request, bindMethod: "share-port" });
  }

  openTransferred(request: OpenTransferredRequest): BoundSocket {
    this.opens.push(request);
    const { protocol, port } = request;
    const how = { address: "::", ipv6Only: false, bindMethod: "share-port" } as const;
    const none = { token: 0n, tokenPortCount: 1 };
    return openLesseeSockets().bindLeased({ protocol, port, ...how, ...none });
  }
}

describe("binding with the broker's help", function () {
  if (process.platform !== "linux") {
    it("holds ports on Linux only: run these tests there");
    return;
  }
  let block: ReservedBlock;
  let service: FakeLeaseService;
  let time: FakeTime;
  let lessee: WindowsLessee;
  let client: LeaseClient;
  let logged: string[];
  const server = createServer((socket) => socket.end("hello"));

  before(async () => {
    block = await holdPorts(4);
  });
  after(() => block.release());

  beforeEach(async () => {
    service = await new FakeLeaseService(portsOf(block)).start();
    service.bindMethod = BindMethod.BIND_METHOD_ASSOCIATE;
    service.token = 17n;
    time = new FakeTime();
    lessee = new WindowsLessee();
    logged = [];
    client = new LeaseClient({
      ...labOptions(service, time),
      sockets: () => lessee,
      log: (level, message) => logged.push(`${level} ${message}`),
    });
  });
  afterEach(async () => {
    if (server.listening) await once(server.close(), "close");
    await client.close();
    service.stop();
  });

  const denied = (): never => {
    throw accessDenied();
  };

  /** What the broker answers once the token has changed. */
  function renewedTo(token: bigint): void {
    service.onUnaryRenewal = () => {
      service.token = token;
      const reservations = service.reservations(Protocol.PROTOCOL_TCP, block.firstPort, 1);
      return { lease: undefined, reservations, warnings: [] };
    };
  }

  describe("a handed-over socket", () => {
    beforeEach(() => {
      service.bindMethod = BindMethod.BIND_METHOD_HANDOFF;
      service.token = 0n;
    });

    it("serves, and is asked for and confirmed with the holder key", async () => {
      const lease = await client.acquire();
      await lease.listen(server);
      assert.equal(await text(connect(lease.port, "127.0.0.1")), "hello");
      const { leaseId, holderKey, port } = lease;
      const [transfer] = service.transfers;
      assert.deepEqual(
        [transfer?.leaseId, transfer?.holderKey, transfer?.processId, transfer?.port],
        [leaseId, holderKey, process.pid, port],
      );
      assert.deepEqual(service.confirms, [{ transferId: "transfer-1", holderKey }]);
      assert.equal(lessee.opens[0]?.protocolInfo.length, 628);
    });

    it("is waited for while the broker is away", async () => {
      let refusals = 2;
      const { onTransfer } = service;
      service.onTransfer = (request) => {
        refusals -= 1;
        return refusals >= 0 ? refusal(14, "SHUTTING_DOWN") : onTransfer(request);
      };
      const lease = await client.acquire();
      const listening = lease.listen(server);
      await eventually("the third try", () => {
        time.advance(100);
        return service.transfers.length === 3;
      });
      await listening;
    });

    it("is waited for so long and no longer", async () => {
      service.onTransfer = () => refusal(14, "SHUTTING_DOWN");
      const lease = await client.acquire();
      const failed = failure(lease.listen(server));
      let settled = false;
      void failed.then(() => (settled = true));
      await eventually("the end of patience", () => {
        time.advance(250);
        return settled;
      });
      assert.equal((await failed).reason, "BIND_FAILED");
      assert.equal(Reflect.get((await failed).cause ?? {}, "reason"), "SHUTTING_DOWN");
    });

    it("is not waited for any more when the client is closed", async () => {
      service.onTransfer = () => refusal(14, "SHUTTING_DOWN");
      const lease = await client.acquire();
      const failed = failure(lease.listen(server));
      await eventually("the first try", () => service.transfers.length === 1);
      await client.close();
      assert.equal((await failed).reason, "CLIENT_CLOSED");
      assert.equal(service.releases.length, 1);
    });

    it("serves also when it cannot be confirmed", async () => {
      service.onConfirm = () => refusal(14, "SHUTTING_DOWN");
      const lease = await client.acquire();
      await lease.listen(server);
      assert.equal(server.listening, true);
      assert.equal(service.confirms.length, 1);
      assert.ok(logged.some((line) => line.startsWith("debug a handed-over socket")));
    });

    it("serves also when nobody answers the confirmation", async () => {
      service.onConfirm = () => null;
      const lease = await client.acquire();
      const listening = lease.listen(server);
      await eventually("the confirmation", () => service.confirms.length === 1);
      time.advance(1_000);
      await listening;
    });

    it("is BIND_FAILED when the broker refuses, with its answer as the cause", async () => {
      service.onTransfer = () => refusal(9, "ALREADY_BOUND");
      const lease = await client.acquire();
      const error = await failure(lease.listen(server));
      assert.equal(error.reason, "BIND_FAILED");
      assert.equal(Reflect.get(error.cause ?? {}, "reason"), "ALREADY_BOUND");
      assert.match(error.message, /cannot listen on leased port \d+: ALREADY_BOUND/);
    });

    it("is not used for a lease that is lost when it comes", async () => {
      const { onTransfer } = service;
      const lease = await client.acquire();
      service.onTransfer = (request) => {
        time.pass(29_900);
        return onTransfer(request);
      };
      assert.equal((await failure(lease.listen(server))).reason, "LEASE_LOST");
      assert.equal(lessee.opens.length, 0);
      assert.equal(server.listening, false);
    });
  });

  describe("a process that may not associate", () => {
    it("finds that out once for all of its leases", async () => {
      lessee.onBind = denied;
      const one = await client.acquire();
      await one.listen(server);
      server.close();
      await once(server, "close");
      const other = await client.acquire();
      await other.listen(server);
      assert.equal(lessee.binds.length, 1);
      assert.equal(service.transfers.length, 2);
      assert.equal((server.address() as { port: number }).port, other.port);
    });

    it("fails when it insists", async () => {
      lessee.onBind = denied;
      const lease = await client.acquire();
      const error = await failure(lease.listen(server, { bindMethod: "associate" }));
      assert.equal(error.reason, "BIND_FAILED");
      assert.ok(error.cause instanceof NativeError && error.cause.code === "ACCESS_DENIED");
      assert.equal(service.transfers.length, 0);
    });
  });

  describe("a stale token", () => {
    const staleUnless = (valid: bigint): void => {
      lessee.onBind = ({ token }) => {
        if (token !== valid) throw reservationGone();
      };
    };

    it("is renewed once, and the lease listens", async () => {
      staleUnless(18n);
      renewedTo(18n);
      const lease = await client.acquire();
      await lease.listen(server);
      const { leaseId, holderKey } = lease;
      assert.deepEqual(service.unaryRenewals, [{ leaseId, holderKey, ttl: undefined }]);
      assert.deepEqual(
        lessee.binds.map(({ token }) => token),
        [17n, 18n],
      );
    });

    it("is BIND_FAILED with the reason when the new one is stale too", async () => {
      staleUnless(99n);
      renewedTo(18n);
      const lease = await client.acquire();
      const error = await failure(lease.listen(server));
      assert.equal(error.reason, "BIND_FAILED");
      assert.match(error.message, /reservation of the token is gone/);
      assert.equal(service.unaryRenewals.length, 1);
    });

    it("is BIND_FAILED when the broker does not renew the lease", async () => {
      staleUnless(18n);
      service.onUnaryRenewal = () => refusal(5, "LEASE_NOT_FOUND");
      const lease = await client.acquire();
      const error = await failure(lease.listen(server));
      assert.equal(error.reason, "BIND_FAILED");
      assert.equal(Reflect.get(error.cause ?? {}, "reason"), "LEASE_NOT_FOUND");
    });
  });

  describe("reservations that the broker tells again", () => {
    /** Resolves when the lease was renewed with these, with the number of tokenChanged events until then. */
    async function told(lease: Lease, token: bigint, port = lease.port): Promise<number> {
      let changes = 0;
      const count = (): void => void (changes += 1);
      lease.on("tokenChanged", count);
      const renewed = once(lease, "renewed");
      service.token = token;
      const reservations = service.reservations(Protocol.PROTOCOL_TCP, port, 1);
      service.onRenew = () => ({ reservations });
      await eventually("the session", () => service.sessions.size > 0);
      time.advance(11_000);
      await renewed;
      lease.off("tokenChanged", count);
      return changes;
    }

    it("are taken without a word when nothing changed", async () => {
      const lease = await client.acquire();
      assert.equal(await told(lease, 17n), 0);
    });

    it("are an event when a token changed, and the next bind takes them", async () => {
      const lease = await client.acquire();
      assert.equal(await told(lease, 18n), 1);
      assert.equal(lease.reservations[0]?.token, 18n);
      await lease.listen(server);
      assert.equal(lessee.binds[0]?.token, 18n);
    });

    it("are an event when a notice brings them", async () => {
      const lease = await client.acquire();
      await eventually("the first renewal", () => service.renewals.length > 0);
      const changed = once(lease, "tokenChanged");
      service.token = 20n;
      service.tell({
        $case: "leaseNotice",
        value: {
          leaseId: lease.leaseId,
          type: LeaseNotice_Type.TYPE_TOKEN_CHANGED,
          endReason: 0,
          reservations: service.reservations(Protocol.PROTOCOL_TCP, lease.port, 1),
          message: "the host restarted",
        },
      });
      await changed;
      assert.equal(lease.reservations[0]?.token, 20n);
    });
  });

  describe("Lease.openSocket()", () => {
    it("gives a bound socket out that the caller closes", async () => {
      const lease = await client.acquire();
      const socket = await lease.openSocket({ host: "127.0.0.1" });
      assert.equal(socket.port, lease.port);
      assert.equal(lessee.binds[0]?.address, "127.0.0.1");
      socket.listen(1);
      const connection = connect(lease.port, "127.0.0.1");
      await once(connection, "connect");
      connection.destroy();
      socket.close();
    });

    it("refuses as listen does", async () => {
      const lease = await client.acquire();
      const wrong = { port: lease.port + 1 };
      await assert.rejects(lease.openSocket(wrong), { reason: "PORT_NOT_IN_LEASE" });
      await assert.rejects(lease.openSocket({ protocol: "udp" }), { reason: "PORT_NOT_IN_LEASE" });
      lessee.onBind = denied;
      const insisting = { bindMethod: "associate" } as const;
      await assert.rejects(lease.openSocket(insisting), { reason: "BIND_FAILED" });
    });
  });
});
