// TCP_AND_UDP (semantics.md 19): two native blocks over one range under one intent, used as one.

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { toReservations } from "#server/grpc/convert.js";
import { BlockLab, windowsHost } from "../../support/block-lab.js";
import { refusal } from "../../support/broker-error.js";
import { request } from "../../support/broker-fixture.js";

const pool = { protocol: "tcp-and-udp" } as const;
const pairRequest = request({ protocol: "tcp-and-udp" });
const run = { firstPort: 20_000, portCount: 8 };

function has(lab: BlockLab, firstPort = 20_000): Promise<boolean[]> {
  const protocols = ["tcp", "udp"] as const;
  return Promise.all(
    protocols.map(
      async (protocol) =>
        (await lab.host.hasReservation({ kind: "persistent", protocol, ...run, firstPort })) ===
        true,
    ),
  );
}

describe("a pool of TCP and UDP together (semantics 19)", () => {
  it("reserves the same ports in both under one record", async () => {
    const lab = new BlockLab();
    await lab.start([pool]);
    assert.deepEqual(await has(lab), [true, true]);
    const records = [...(await lab.recordsOnDisk()).values()];
    assert.deepEqual(
      records.map(({ blockId, protocol, stage }) => [blockId, protocol, stage]),
      [["default-tcp-and-udp-20000", "tcp-and-udp", "created"]],
    );
  });

  it("leases both in one lease, with a token for each", async () => {
    const lab = new BlockLab();
    const { broker } = await lab.start([pool]);
    const { lease } = await broker.acquire(pairRequest);
    assert.equal(lease.record.protocol, "tcp-and-udp");
    const reservations = toReservations(lease.block.reservation, lease.record.ports);
    assert.equal(new Set(reservations.map(({ protocol }) => protocol)).size, 2);
    assert.equal(new Set(reservations.map(({ token }) => token)).size, 2);
  });

  it("refuses a request for TCP or UDP alone and says what the pool has", async () => {
    const lab = new BlockLab();
    const { broker } = await lab.start([pool]);
    const error = await refusal(
      broker.acquire(request({ protocol: "tcp" })),
      "protocol_not_in_pool",
    );
    assert.match(
      error.message,
      /has ports that are leased in TCP and UDP together \(TCP_AND_UDP\)/,
    );
  });

  it("comes back with its leases after a kill and a reboot", async () => {
    const lab = new BlockLab();
    const first = await lab.start([pool]);
    const { lease } = await first.broker.acquire(pairRequest);
    lab.host.reboot();
    const { broker } = await lab.start([pool]);
    assert.ok(broker.find(lease.record.leaseId));
    assert.deepEqual(await has(lab), [true, true]);
  });

  it("undoes TCP when UDP of the given ports is taken, and leaves no record", async () => {
    const lab = new BlockLab();
    lab.host.openSocket({ port: 20_003, protocol: "udp", state: "bound" });
    await assert.rejects(lab.start([{ ...pool, start: 20_000 }]), /Port 20003 is taken/);
    assert.deepEqual(await has(lab), [false, false]);
    assert.equal((await lab.recordsOnDisk()).size, 0);
  });

  it("takes other ports when any will do, and gives the half-taken ones back", async () => {
    const lab = new BlockLab();
    for (const port of [20_003, 20_012])
      lab.host.openSocket({ port, protocol: "udp", state: "bound" });
    const { broker } = await lab.start([pool]);
    assert.equal(broker.blocks.served[0]?.record.ports.firstPort, 20_016);
    assert.deepEqual(await has(lab, 20_016), [true, true]);
    assert.deepEqual(await has(lab, 20_000), [false, false]);
    assert.deepEqual(await has(lab, 20_008), [false, false]);
    assert.deepEqual([...(await lab.recordsOnDisk()).keys()], ["default-tcp-and-udp-20016"]);
  });

  it("does not look elsewhere when UDP is refused for another reason than taken ports", async () => {
    const lab = new BlockLab({ ...windowsHost, protocols: ["tcp"] });
    await assert.rejects(lab.start([pool]), /no udp blocks/);
    assert.equal((await lab.recordsOnDisk()).size, 0);
    assert.deepEqual(await has(lab), [false, false]);
  });

  it("gives up after a bounded number of tries, with everything undone", async () => {
    const lab = new BlockLab({ dynamicRange: { firstPort: 1_024, portCount: 64_000 } });
    const udp = { protocol: "udp", state: "bound" } as const;
    for (let port = 65_024; port <= 65_535; port += 8) lab.host.openSocket({ port, ...udp });
    await assert.rejects(lab.start([pool]), /free in both TCP and UDP/);
    assert.equal((await lab.recordsOnDisk()).size, 0);
    assert.deepEqual(await has(lab, 65_024), [false, false]);
  });

  it("keeps the intent of a half that cannot be given back, and shows it as ambiguous", async () => {
    const lab = new BlockLab();
    lab.host.openSocket({ port: 20_003, protocol: "udp", state: "bound" });
    lab.host.failNext("remove", new NativeError("OS_ERROR", "Not now."));
    const { manager } = await lab.start([pool]);
    assert.deepEqual(
      manager
        .list()
        .map((block) => [block.record.ports.firstPort, "state" in block && block.state]),
      [
        [20_000, "ambiguous"],
        [20_008, false],
      ],
    );
    assert.equal((await lab.recordsOnDisk()).get("default-tcp-and-udp-20000")?.stage, "intended");
  });

  it("steps over a port that is in use in either of the two", async () => {
    const lab = new BlockLab();
    const { broker } = await lab.start([{ ...pool, kind: "administered" }]);
    lab.host.openSocket({ port: 20_000, protocol: "udp", state: "bound" });
    lab.host.openSocket({ port: 20_001, protocol: "tcp" });
    assert.equal((await broker.acquire(pairRequest)).lease.record.ports.firstPort, 20_002);
  });

  it("is removed in both", async () => {
    const lab = new BlockLab();
    const { manager } = await lab.start([pool]);
    await manager.remove("default-tcp-and-udp-20000", false);
    assert.deepEqual(await has(lab), [false, false]);
  });
});
