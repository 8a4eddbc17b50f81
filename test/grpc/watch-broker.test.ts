// WatchBroker over real gRPC on an imaginary host: everything first, then what has changed, at the pace that was asked for.

import assert from "node:assert/strict";
import {
  ListPortsRequest,
  PortState,
  type WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { fromMs, unary } from "../support/lease-caller.js";
import { LiveCaller, portsOf } from "../support/live-caller.js";

describe("WatchBroker", () => {
  let imaginary: ImaginaryBroker;
  afterEach(() => imaginary.stop());

  const watch = (request: ConstructorParameters<typeof LiveCaller>[1] = {}): LiveCaller =>
    new LiveCaller(imaginary.caller, request);

  /** Lets so much time pass and gives the watches their turn. */
  const tick = async (live: LiveCaller, milliseconds = 1_000): Promise<WatchBrokerResponse> => {
    imaginary.clock.advance(milliseconds);
    imaginary.live.advance();
    return live.next();
  };

  it("sends everything first, without being asked twice", async () => {
    imaginary = await startImaginaryBroker();
    await imaginary.caller.acquire();
    const live = watch({ ports: true });
    const first = await live.next();
    assert.equal(first.revision, 1n);
    assert.equal(first.broker?.activeLeases, 1);
    assert.equal(first.broker?.host, "imaginary");
    assert.deepEqual(
      first.pools.map(({ pool, usage }) => [pool, usage?.leased]),
      [["default", 1]],
    );
    assert.deepEqual(
      first.blocks.map(({ blockId, portCount }) => [blockId, portCount]),
      [["default", 8]],
    );
    assert.deepEqual(
      first.ports.map(({ firstPort, portCount, state }) => [firstPort, portCount, state]),
      [
        [20_000, 1, PortState.PORT_STATE_LEASED],
        [20_001, 7, PortState.PORT_STATE_FREE],
      ],
    );
    live.cancel();
  });

  it("sends only what has changed after that, and a sign of life when nothing has", async () => {
    imaginary = await startImaginaryBroker();
    const live = watch({ ports: true, maxEvents: 10 });
    await live.next();
    const nothing = await tick(live);
    assert.deepEqual(nothing, {
      revision: 0n,
      broker: undefined,
      pools: [],
      removedPools: [],
      blocks: [],
      removedBlockIds: [],
      ports: [],
      events: [],
      skippedEvents: 0,
    });
    const lease = await imaginary.caller.acquire({ preferredPort: 20_003 });
    const change = await tick(live);
    assert.equal(change.revision, 1n);
    assert.equal(change.broker, undefined, "its counts are the pools' business");
    assert.equal(change.pools[0]?.usage?.leased, 1);
    assert.equal(change.blocks[0]?.usage?.leased, 1);
    assert.deepEqual(change.ports, [
      {
        blockId: "default",
        firstPort: 20_003,
        portCount: 1,
        state: PortState.PORT_STATE_LEASED,
      },
    ]);
    const [granted] = change.events;
    assert.equal(granted?.event?.$case, "lease");
    assert.equal(granted.event.value.type, LeaseEvent_Type.TYPE_GRANTED);
    await imaginary.caller.renew(lease);
    const renewed = await tick(live);
    assert.deepEqual(
      [renewed.pools, renewed.blocks, renewed.ports, renewed.events],
      [[], [], [], []],
    );
    live.cancel();
  });

  it("adds up to what ListPorts says", async () => {
    imaginary = await startImaginaryBroker({ portCount: 200 });
    const live = watch({ ports: true });
    await live.next();
    const { caller } = imaginary;
    for (let round = 0; round < 5; round += 1) {
      const lease = await caller.acquire({ portCount: 3 });
      await caller.acquire({ portCount: 2 });
      await tick(live);
      await caller.release(lease);
      await tick(live);
    }
    const listPorts = caller.adminClient.listPorts.bind(caller.adminClient);
    const { runs, revision } = await unary(listPorts, ListPortsRequest.fromPartial({}));
    assert.deepEqual(live.model.ports, portsOf(runs));
    assert.equal(live.model.revision, Number(revision));
    live.cancel();
  });

  it("tells blocks that come and go, and their ports", async () => {
    imaginary = await startImaginaryBroker();
    const live = watch({ ports: true });
    await live.next();
    const { record } = await imaginary.blocks.reserve({ pool: "", firstPort: 0, portCount: 4 });
    const came = await tick(live);
    assert.deepEqual(
      came.blocks.map(({ blockId }) => blockId),
      [record.blockId],
    );
    assert.deepEqual(
      came.ports.map(({ blockId, portCount }) => [blockId, portCount]),
      [[record.blockId, 4]],
    );
    assert.equal(came.pools[0]?.usage?.total, 12);
    await imaginary.blocks.remove(record.blockId, false);
    const went = await tick(live);
    assert.deepEqual(went.removedBlockIds, [record.blockId]);
    assert.deepEqual([went.blocks, went.ports], [[], []]);
    assert.equal(live.model.ports.size, 8);
    live.cancel();
  });

  it("tells a reader who comes later how the broker is then", async () => {
    imaginary = await startImaginaryBroker();
    const early = watch();
    assert.equal((await early.next()).broker?.activeLeases, 0);
    await imaginary.caller.acquire();
    const late = watch();
    const { broker } = await late.next();
    assert.deepEqual(
      [broker?.activeLeases, broker?.revision, broker?.usage?.leased],
      [1, 1n, 1],
      "counts of now",
    );
    early.cancel();
    late.cancel();
  });

  it("keeps the pace of each reader, and serves those of one pace together", async () => {
    imaginary = await startImaginaryBroker();
    const quick = watch({ interval: fromMs(100) });
    const slow = watch({ interval: fromMs(1_000) });
    await quick.next();
    await slow.next();
    for (let step = 0; step < 20; step += 1) await tick(quick, 100);
    await eventually("the slow one has its second message", () => slow.unreadCount === 2);
    assert.equal(quick.unreadCount, 0);
    quick.cancel();
    slow.cancel();
    await eventually("both are gone", () => imaginary.live.size === 0);
  });
});
