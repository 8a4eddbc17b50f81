// Semantics 20 on an imaginary Windows: the broker's own port is reserved and bound through its token, and there is a way out
// when it cannot be had. Descriptors of the imaginary host cannot be adopted by Node, so an ordinary listener stands for them.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type BoundSocket, NativeError } from "@portlease/native";
import type { FakeHostPorts } from "@portlease/native/fake";
import { reserveOwnPorts, type OwnPort } from "#server/blocks/reserve-own-ports.js";
import { ambiguousDetail } from "#server/domain/idle-blocks.js";
import { listenForClients, type EndpointParts } from "#server/endpoint/listen.js";
import { localSocketPath } from "#server/endpoint/local-socket.js";
import type { BrokerServices } from "#server/grpc/broker-services.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { GrpcServer } from "#server/grpc/server.js";
import type { LogFields } from "#server/log.js";
import { StartError } from "#server/start-error.js";
import { BlockLab, ownPortParts, windowsHost } from "../../support/block-lab.js";
import { openToAll, servedToAll } from "../../support/open-gate.js";
import { silentLog } from "../../support/silent-log.js";
import { temporaryDirectories } from "../../support/temporary-directory.js";

const port = 7_600;
const address = { host: "127.0.0.1", port };
const reservation = { kind: "persistent", protocol: "tcp", firstPort: port, portCount: 1 } as const;

async function reserve(lab: BlockLab, wantedPort = port): Promise<OwnPort> {
  const { blocks } = await lab.store.load();
  const { ownPorts } = await reserveOwnPorts(await ownPortParts(lab), [wantedPort], blocks);
  return ownPorts.get(wantedPort) ?? assert.fail("it has no state");
}

describe("the broker's own port (semantics 20)", () => {
  it("is reserved under an intent, recorded beside the pools, and adopted at the next start", async () => {
    const lab = new BlockLab();
    assert.equal((await reserve(lab)).state, "reserved");
    const [record] = (await lab.recordsOnDisk()).values();
    assert.deepEqual([record?.pool, record?.stage], ["broker:own", "created"]);
    lab.kill();
    assert.equal((await reserve(lab)).state, "reserved");
    assert.equal((await lab.recordsOnDisk()).size, 1);
    const { manager } = await lab.start();
    assert.ok(manager.list().every(({ record: { pool } }) => pool !== "broker:own"));
    assert.ok((await lab.recordsOnDisk()).has("broker:own-tcp-7600"), "the pools leave it alone");
  });

  it("is given back when the broker listens elsewhere", async () => {
    const lab = new BlockLab();
    await reserve(lab);
    lab.kill();
    await reserve(lab, 7_700);
    assert.equal(await lab.host.hasReservation(reservation), false);
    assert.deepEqual([...(await lab.recordsOnDisk()).keys()], ["broker:own-tcp-7700"]);
  });

  it("is not reserved when the operating system picks it", async () => {
    const lab = new BlockLab();
    assert.equal((await reserve(lab, 0)).state, "ordinary");
    assert.equal((await lab.recordsOnDisk()).size, 0);
  });

  it("is refused where it lies in a block of a pool, which must come back whole", async () => {
    const { capabilities } = windowsHost;
    const lab = new BlockLab({ capabilities: { ...capabilities, autoKind: "runtime" } });
    await lab.start([{ start: 20_000 }]);
    lab.kill();
    const own = await reserve(lab, 20_003);
    assert.ok(own.state === "refused");
    assert.match(own.error.message, /default-tcp-20000.*20000-20007/);
    const { broker } = await lab.start([{ start: 20_000 }]);
    assert.deepEqual(broker.blocks.served[0]?.reservation.uncoveredPorts(), []);
  });

  it("is refused, and not the start, when somebody has it", async () => {
    const lab = new BlockLab();
    lab.host.openSocket({ port });
    const own = await reserve(lab);
    assert.ok(own.state === "refused");
    assert.match(own.error.message, /Port 7600 is taken/);
    assert.equal((await lab.recordsOnDisk()).size, 0);
  });
});

describe("the broker's own port, when it is ambiguous,", () => {
  it("is refused, and left for an operator to decide on", async () => {
    const lab = new BlockLab();
    await lab.plantRecord({
      blockId: "broker:own-tcp-7600",
      pool: "broker:own",
      protocol: "tcp",
      kind: "persistent",
      ports: { firstPort: port, lastPort: port },
      isolation: "shared",
      stage: "intended",
      draining: false,
      origin: "configured",
    });
    lab.host.plantReservation(reservation);
    const { blocks } = await lab.store.load();
    const { ownPorts, ambiguous } = await reserveOwnPorts(await ownPortParts(lab), [port], blocks);
    assert.equal(ownPorts.get(port)?.state, "refused");
    const [record = assert.fail("it is shown nowhere")] = ambiguous;
    assert.match(ambiguousDetail(record), /portlease blocks delete broker:own-tcp-7600/);
    assert.equal(await lab.host.hasReservation(reservation), true);
  });
});

describe("listenForClients()", () => {
  const newDirectory = temporaryDirectories();
  let directory: string;
  let server: GrpcServer;
  let warnings: { readonly message: string; readonly fields: LogFields | undefined }[];

  beforeEach(() => {
    warnings = [];
    directory = newDirectory();
    const connections = new PeerConnections();
    const served = servedToAll({ lease: {}, admin: {} } as BrokerServices, connections);
    server = new GrpcServer(served, connections, openToAll, silentLog);
  });

  afterEach(() => server.stop());

  function parts(host: FakeHostPorts, changes: Partial<EndpointParts> = {}): EndpointParts {
    const lessee = host.openLesseeSockets({ processId: process.pid });
    return {
      server,
      bindLeased: (request) => lessee.bindLeased(request),
      listenOnBound: (listener) =>
        new Promise((resolve) => listener.listen({ host: "127.0.0.1", port: 0 }, resolve)),
      excludedRanges: () => host.excludedRanges(),
      localSocketPath: localSocketPath(process.platform, directory),
      secured: false,
      resolve: () => Promise.resolve("127.0.0.1"),
      pause: () => Promise.resolve(),
      log: { ...silentLog, warn: (message, fields) => void warnings.push({ message, fields }) },
      ...changes,
    };
  }

  it("binds the port through its own reservation", async () => {
    const lab = new BlockLab();
    const own = await reserve(lab);
    const bound: BoundSocket[] = [];
    const asked: unknown[] = [];
    const listening = parts(lab.host);
    const addresses = await listenForClients(
      {
        ...listening,
        bindLeased: (request) => {
          asked.push([request.bindMethod, request.token > 0n, request.tokenPortCount]);
          return listening.bindLeased(request);
        },
        listenOnBound: (listener, socket) => {
          bound.push(socket);
          return listening.listenOnBound(listener, socket);
        },
      },
      { address: { ...address, host: "localhost" }, localSocket: "auto" },
      own,
    );
    assert.equal(bound[0]?.port, port);
    assert.deepEqual(asked, [["associate", true, 1]]);
    assert.equal(addresses.length, 1);
    assert.equal(lab.host.tryBind("tcp", "127.0.0.1", port).bound, false);
    assert.deepEqual(warnings, []);
  });

  it("goes to a chosen port and a local socket when the port was refused, and says why and which exclusion", async () => {
    const excluded = { firstPort: 7_550, portCount: 100, administered: false };
    const lab = new BlockLab({ ...windowsHost, excludedRanges: [excluded] });
    lab.host.openSocket({ port });
    const own = await reserve(lab);
    const wish = { address, localSocket: "auto" } as const;
    const addresses = await listenForClients(parts(lab.host), wish, own);
    assert.match(addresses[0] ?? "", /^127\.0\.0\.1:\d+$/);
    assert.notEqual(addresses[0], "127.0.0.1:7600");
    assert.equal(addresses[1], `unix:${join(directory, "broker.sock")}`);
    const [{ fields } = assert.fail("nothing was logged")] = warnings;
    assert.match(fields?.reason ?? "", /Port 7600 is taken/);
    assert.equal(fields?.ports, "7550-7649 (excluded by the system)");
  });

  it("does the same when its reservation is there and the bind is refused all the same", async () => {
    const lab = new BlockLab();
    const own = await reserve(lab);
    const refused = parts(lab.host, {
      bindLeased: () => {
        throw new Error("WSAEACCES");
      },
    });
    const addresses = await listenForClients(refused, { address, localSocket: "auto" }, own);
    assert.equal(addresses.length, 2);
    assert.match(warnings[0]?.fields?.reason ?? "", /WSAEACCES/);
  });

  it("waits for connections of the last broker to leave its port, within bounds", async () => {
    const lab = new BlockLab();
    const own = await reserve(lab);
    const taken = new NativeError("PORT_TAKEN", "connections are left");
    const wish = { address, localSocket: "auto" } as const;
    const pauses: number[] = [];
    const lingering = (times: number): Partial<EndpointParts> => ({
      pause: async (durationMs) => void pauses.push(durationMs),
      bindLeased: (request) => {
        if (pauses.length < times) throw taken;
        return lab.host.openLesseeSockets({ processId: process.pid }).bindLeased(request);
      },
    });
    assert.equal((await listenForClients(parts(lab.host, lingering(3)), wish, own)).length, 1);
    assert.equal(pauses.length, 3);
    assert.deepEqual(warnings, []);
    const addresses = await listenForClients(parts(lab.host, lingering(1_000)), wish, own);
    assert.equal(addresses.length, 2, "then it takes the way out");
    assert.ok(pauses.length < 100);
  });

  it("does without a local socket that another broker has", async () => {
    const lab = new BlockLab();
    lab.host.openSocket({ port });
    const nowhere = parts(lab.host, { localSocketPath: "/nonexistent/broker.sock" });
    const own = await reserve(lab);
    const addresses = await listenForClients(nowhere, { address, localSocket: "auto" }, own);
    assert.equal(addresses.length, 1);
    assert.equal(warnings.length, 2);
  });

  it("listens on a local socket beside an ordinary port only when asked", async () => {
    const lab = new BlockLab();
    const anywhere = { host: "127.0.0.1", port: 0 };
    const own = { state: "ordinary" } as const;
    const wish = { address: anywhere, localSocket: "auto" } as const;
    assert.equal((await listenForClients(parts(lab.host), wish, own)).length, 1);
    const asked = { ...wish, localSocket: "on" } as const;
    assert.equal((await listenForClients(parts(lab.host), asked, own)).length, 2);
    assert.ok(existsSync(join(directory, "broker.sock")));
  });

  it("does not start without a local socket that was asked for, and says why", async () => {
    const lab = new BlockLab();
    const wish = { address: { host: "127.0.0.1", port: 0 }, localSocket: "on" } as const;
    const nowhere = parts(lab.host, { localSocketPath: "/nonexistent/broker.sock" });
    await assert.rejects(listenForClients(nowhere, wish, { state: "ordinary" }), (error) => {
      assert.ok(error instanceof StartError);
      assert.equal(error.code, "CANNOT_LISTEN");
      assert.match(error.message, /local socket \/nonexistent\/broker\.sock .*--local-socket/);
      return true;
    });
  });
});
