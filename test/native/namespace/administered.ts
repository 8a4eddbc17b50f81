// Blocks of kind ADMINISTERED on Linux, in a network namespace of its own: the list of reserved ports is the namespace's.
// administered-ports.test.ts runs this file with mocha.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { once } from "node:events";
import { type HostPorts, openHostPorts, type ReservedBlock } from "@portlease/native";
import { blockRequest } from "../../support/native-requests.js";
import { posixContract } from "../support/posix-contract.js";
import { linuxAdministeredTraits } from "../support/reservation-traits.js";

const listPath = "/proc/sys/net/ipv4/ip_local_reserved_ports";
const rangePath = "/proc/sys/net/ipv4/ip_local_port_range";

const listed = (): string => readFileSync(listPath, "utf8").trim();

describe("the contract of hosts", () => {
  posixContract(openHostPorts, "administered", linuxAdministeredTraits);
});

describe("the kernel's list of reserved ports (semantics 25)", () => {
  let host: HostPorts;

  before(() => {
    host = openHostPorts();
  });

  beforeEach(() => writeFileSync(listPath, "8080,9148-9150\n"));
  afterEach(() => writeFileSync(listPath, "\n"));

  const administered = (
    firstPort: number | null,
    comesBack = false,
    intend: () => Promise<void> = () => Promise.resolve(),
  ): Promise<ReservedBlock> =>
    host.reserveBlock(
      blockRequest({
        kind: "administered",
        protocol: "tcp",
        firstPort,
        portCount: 4,
        leasedPorts: comesBack ? new Set() : null,
        intend,
      }),
    );

  it("gets the block beside what others have in it, and loses only the block when it is removed", async () => {
    const block = await administered(21_000);
    assert.equal(listed(), "8080,9148-9150,21000-21003");
    const beside = await administered(21_004);
    assert.equal(listed(), "8080,9148-9150,21000-21007");
    await block.remove();
    assert.equal(listed(), "8080,9148-9150,21004-21007");
    await beside.remove();
    assert.equal(listed(), "8080,9148-9150");
  });

  it("gets the block again at the next start, since a reboot drops it", async () => {
    const block = await administered(21_000);
    await block.release();
    writeFileSync(listPath, "8080\n");
    let intended = 0;
    const again = await administered(21_000, true, async () => {
      intended += 1;
    });
    assert.equal(listed(), "8080,21000-21003");
    assert.deepEqual(again.uncoveredPorts(), []);
    assert.equal(intended, 1);
  });

  it("gets a port again that somebody took out meanwhile", async () => {
    const block = await administered(21_000);
    writeFileSync(listPath, "21000-21001\n");
    assert.deepEqual(block.reclaimPort(21_003), { state: "free" });
    assert.equal(listed(), "21000-21001,21003");
    assert.deepEqual(block.coverPort(21_002), { state: "free" });
    assert.equal(listed(), "21000-21003");
  });

  it("refuses ports that it keeps for somebody else, and changes nothing", async () => {
    await assert.rejects(administered(9_147), {
      code: "PORT_TAKEN",
      message: /overlaps ports 9148-9150, which net.ipv4.ip_local_reserved_ports keeps/,
    });
    assert.equal(listed(), "8080,9148-9150");
  });

  it("keeps the kernel from picking the block's ports, and nobody from naming them", async () => {
    const before = readFileSync(rangePath, "utf8");
    const block = await administered(21_000);
    writeFileSync(rangePath, "21000 21007\n");
    try {
      const servers = await Promise.all([0, 0, 0].map(listening));
      const picked = servers.map((server) => (server.address() as AddressInfo).port);
      assert.ok(picked.every((port) => port > 21_003 && port <= 21_007));
      const named = await listening(21_001);
      for (const server of [...servers, named]) server.close();
    } finally {
      writeFileSync(rangePath, before);
      await block.remove();
    }
  });
});

async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
