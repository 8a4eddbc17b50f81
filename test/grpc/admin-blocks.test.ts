// The block RPCs over real gRPC, on an imaginary elevated Windows.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import {
  AdoptBlockRequest,
  DrainBlockRequest,
  ForgetBlockRequest,
  GetBrokerRequest,
  ListBlocksRequest,
  ListPoolsRequest,
  RemoveBlockRequest,
  ReserveBlockRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { Protocol, ReservationKind } from "@portlease/proto/portlease/v1/common.js";
import { type Block, Block_State, Isolation } from "@portlease/proto/portlease/v1/pool.js";
import { adminService } from "#server/grpc/admin-service.js";
import type { BrokerServices } from "#server/grpc/broker-services.js";
import { openLiveView } from "#server/grpc/open-live-view.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { GrpcServer } from "#server/grpc/server.js";
import { LiveEvents } from "#server/live/live-events.js";
import { MemoryStore } from "#server/store/memory-store.js";
import { request } from "../support/broker-fixture.js";
import { BlockLab, type LabBroker } from "../support/block-lab.js";
import { LeaseCaller, unary } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { openToAll, plainLimits, servedToAll } from "../support/open-gate.js";
import { nothingConfigured } from "../support/nothing-configured.js";
import { silentLog } from "../support/silent-log.js";

const reservation = {
  kind: "persistent",
  protocol: "tcp",
  firstPort: 20_000,
  portCount: 8,
} as const;

describe("the block RPCs", () => {
  let lab: BlockLab;
  let life: LabBroker;
  let server: GrpcServer;
  let caller: LeaseCaller;

  async function serve(): Promise<void> {
    life = await lab.start([{ isolation: "per-lease" }]);
    const { broker, manager, autoKind } = life;
    const facts = {
      version: "0.0.0",
      host: "imaginary",
      platform: "win32",
      elevated: true,
      autoKind,
      processId: 1,
      startedWallMs: 0,
      startedMonotonicMs: 0,
      dataDirectory: "",
      limits: plainLimits,
    };
    const { clock } = lab;
    const whereabouts = () => ({
      addresses: [],
      dashboardUrl: "",
      auditLogProblem: null,
      fleetProblem: null,
    });
    const shown = { broker, blocks: manager, clock, facts, whereabouts, log: silentLog };
    const events = new LiveEvents(clock);
    const admin = adminService({
      configuration: nothingConfigured,
      ...shown,
      ...openLiveView({ ...shown, realClock: clock, events }),
      ranges: lab.host,
      explain: () => Promise.reject(new Error("nothing is explained here")),
      history: new MemoryStore(),
    });
    const connections = new PeerConnections();
    const services = { lease: {}, admin } as unknown as BrokerServices;
    const served = servedToAll(services, connections);
    server = new GrpcServer(served, connections, openToAll, silentLog);
    caller = new LeaseCaller(await server.listen({ host: "127.0.0.1", port: 0 }));
  }

  beforeEach(() => {
    lab = new BlockLab();
  });

  afterEach(async () => {
    caller.close();
    await server.stop();
  });

  async function list(): Promise<readonly Block[]> {
    const method = caller.adminClient.listBlocks.bind(caller.adminClient);
    return (await unary(method, ListBlocksRequest.fromPartial({}))).blocks;
  }

  const reserve = (fields: Partial<ReserveBlockRequest>) =>
    unary(
      caller.adminClient.reserveBlock.bind(caller.adminClient),
      ReserveBlockRequest.fromPartial({ portCount: 4, ...fields }),
    );
  const remove = (fields: Partial<RemoveBlockRequest>) =>
    unary(
      caller.adminClient.removeBlock.bind(caller.adminClient),
      RemoveBlockRequest.fromPartial({ blockId: "default-tcp-20000", ...fields }),
    );
  const drain = (undo: boolean) =>
    unary(
      caller.adminClient.drainBlock.bind(caller.adminClient),
      DrainBlockRequest.fromPartial({ blockId: "default-tcp-20000", undo }),
    );

  it("refuse a page token of the list of another pool", async () => {
    await serve();
    await reserve({});
    const method = caller.adminClient.listBlocks.bind(caller.adminClient);
    const page = (fields: Partial<ListBlocksRequest>) =>
      unary(method, ListBlocksRequest.fromPartial({ pageSize: 1, ...fields }));
    const { nextPageToken } = await page({});
    const asked = { pageToken: nextPageToken, pool: "default" };
    const { details } = await failureOf(page(asked));
    assert.equal(details.errorInfo?.reason, "PAGE_TOKEN_INVALID");
    assert.equal((await page({ pageToken: nextPageToken })).blocks.length, 1);
  });

  it("show the isolation of a pool", async () => {
    await serve();
    const method = caller.adminClient.listPools.bind(caller.adminClient);
    const { pools } = await unary(method, ListPoolsRequest.fromPartial({}));
    assert.equal(pools[0]?.isolation, Isolation.ISOLATION_PER_LEASE);
  });

  it("let GetBroker say what kind auto became, and why", async () => {
    const denied = { errorName: "ERROR_ACCESS_DENIED", errorNumber: 5 };
    lab.host.failNext("createReservation", new NativeError("ACCESS_DENIED", "No.", denied));
    await serve();
    const method = caller.adminClient.getBroker.bind(caller.adminClient);
    const broker = await unary(method, GetBrokerRequest.fromPartial({}));
    assert.equal(broker.autoKind, ReservationKind.RESERVATION_KIND_RUNTIME);
    assert.match(broker.autoKindReason, /was refused \(ERROR_ACCESS_DENIED 5\)/);
  });

  it("reserve a block, or only say what it would be", async () => {
    await serve();
    const planned = await reserve({ firstPort: 31_000, validateOnly: true });
    assert.deepEqual(
      [planned.block?.blockId, planned.block?.kind, planned.block?.state],
      ["", ReservationKind.RESERVATION_KIND_PERSISTENT, Block_State.STATE_UNSPECIFIED],
    );
    assert.equal((await list()).length, 1);
    const { block } = await reserve({ firstPort: 31_000 });
    assert.deepEqual(
      [block?.blockId, block?.state, block?.usage?.free],
      ["default-tcp-31000", Block_State.STATE_ACTIVE, 4],
    );
    assert.equal((await list()).length, 2);
  });

  it("refuse with the advice and the numbers of the operating system", async () => {
    await serve();
    const denied = new NativeError("ACCESS_DENIED", "Run the broker as administrator.", {
      api: "CreatePersistentTcpPortReservation",
      errorNumber: 5,
      errorName: "ERROR_ACCESS_DENIED",
    });
    lab.host.failNext("remove", denied);
    const failure = await failureOf(remove({}));
    assert.equal(
      `${failure.codeName} ${failure.reason}`,
      "FAILED_PRECONDITION BROKER_NOT_ELEVATED",
    );
    assert.equal(failure.text, "Run the broker as administrator.");
    assert.equal(failure.details.errorInfo?.metadata["error_number"], "5");
    const [block] = await list();
    assert.equal(block?.state, Block_State.STATE_DRAINING);
    assert.match(block.detail, /tried again: Run the broker as administrator/);
  });

  it("drain, undo, and remove with force", async () => {
    await serve();
    await life.broker.acquire(request());
    assert.equal((await drain(false)).block?.state, Block_State.STATE_DRAINING);
    assert.equal((await drain(true)).block?.state, Block_State.STATE_ACTIVE);
    const refused = await failureOf(remove({}));
    assert.equal(`${refused.codeName} ${refused.reason}`, "FAILED_PRECONDITION BLOCK_HAS_LEASES");
    assert.equal((await remove({ force: true })).revokedLeases, 1);
    assert.equal(await lab.host.hasReservation(reservation), false);
  });

  it("know a missing block, and allow it where asked", async () => {
    await serve();
    const missing = await failureOf(remove({ blockId: "nothing" }));
    assert.equal(`${missing.codeName} ${missing.reason}`, "NOT_FOUND BLOCK_NOT_FOUND");
    assert.equal((await remove({ blockId: "nothing", allowMissing: true })).revokedLeases, 0);
    for (const blockId of ["", "x".repeat(129)]) {
      assert.equal((await failureOf(remove({ blockId }))).reason, "FIELD_INVALID");
    }
  });

  describe("for an ambiguous block", () => {
    const blockId = "default-tcp-20000";

    beforeEach(async () => {
      const ports = { firstPort: 20_000, lastPort: 20_007 };
      const fields = { protocol: "tcp", kind: "persistent", isolation: "shared" } as const;
      const flags = { stage: "intended", draining: false, origin: "configured" } as const;
      await lab.plantRecord({ blockId, pool: "default", ports, ...fields, ...flags });
      lab.host.plantReservation(reservation);
      await serve();
    });

    it("show it with what to do", async () => {
      const [block] = await list();
      assert.equal(block?.state, Block_State.STATE_AMBIGUOUS);
      assert.equal(block.protocol, Protocol.PROTOCOL_TCP);
      assert.match(block.detail, /portlease blocks adopt default-tcp-20000/);
      assert.deepEqual([block.usage?.total, block.usage?.free], [8, 0]);
    });

    it("adopt it", async () => {
      const method = caller.adminClient.adoptBlock.bind(caller.adminClient);
      const { block } = await unary(method, AdoptBlockRequest.fromPartial({ blockId }));
      assert.equal(block?.state, Block_State.STATE_ACTIVE);
      const again = await failureOf(unary(method, AdoptBlockRequest.fromPartial({ blockId })));
      assert.equal(again.reason, "BLOCK_NOT_AMBIGUOUS");
    });

    it("forget it", async () => {
      const method = caller.adminClient.forgetBlock.bind(caller.adminClient);
      await unary(method, ForgetBlockRequest.fromPartial({ blockId }));
      assert.equal((await list()).length, 1);
      assert.equal(await lab.host.hasReservation(reservation), true);
    });

    it("delete it", async () => {
      await remove({ blockId });
      assert.equal(await lab.host.hasReservation(reservation), false);
    });
  });
});
