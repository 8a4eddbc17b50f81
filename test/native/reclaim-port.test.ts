// Whether a port may be granted again: what lessees, strangers and ended connections leave behind, with real processes.
// Run once with the kernel's full tables and once as on kernels before 6.8, which do not list unlistened sockets.

import assert from "node:assert/strict";
import type { HostPorts, PortCheck, ReservedBlock } from "@portlease/native";
import { loadLibc } from "#native/posix/bindings.js";
import { linuxLayout } from "#native/posix/layout.js";
import { openPosixHostPorts } from "#native/posix/open.js";
import { isRemainder } from "#native/posix/tcp-row.js";
import { NetlinkTcpTables, ProcTcpTables, type TcpTables } from "#native/posix/tcp-tables.js";
import { closeConnection, isServed, openServedConnection } from "./support/connections.js";
import { describeOnLinux } from "./support/linux-only.js";
import { OtherProcess } from "./support/other-process.js";
import { TestPorts } from "./support/test-ports.js";
import { blockRequest } from "../support/native-requests.js";

const addresses = ["127.0.0.1", "0.0.0.0", "::1", "::"] as const;
const sharePort = { do: "lease", bindMethod: "share-port" } as const;
const inUse = (check: PortCheck): string => (check.state === "in-use" ? check.reason : "(free)");

function reclaimSuite(tables: TcpTables, listsUnlistened: boolean): void {
  let host: HostPorts;
  let ports: TestPorts;
  let others: OtherProcess[] = [];
  /** These two stay for all tests, and keep nothing. */
  let stranger: OtherProcess;
  let nextLessee: OtherProcess;
  let block: ReservedBlock;
  let port: number;

  before(async () => {
    host = openPosixHostPorts(loadLibc(), linuxLayout, tables);
    ports = await TestPorts.open(host);
    [stranger, nextLessee] = await Promise.all([OtherProcess.start(), OtherProcess.start()]);
  });

  beforeEach(async () => {
    port = await ports.take(1);
    block = await reserve(null);
  });

  afterEach(async () => {
    for (const other of others) await other.end();
    others = [];
    await block.release();
  });

  after(async () => {
    await Promise.all([stranger.end(), nextLessee.end()]);
    await ports.close();
  });

  function reserve(leasedPorts: ReadonlySet<number> | null): Promise<ReservedBlock> {
    const run = { firstPort: port, portCount: 1, leasedPorts };
    return host.reserveBlock(blockRequest(run));
  }

  async function startOther(): Promise<OtherProcess> {
    const other = await OtherProcess.start();
    others.push(other);
    return other;
  }

  /** A lessee served a connection, closed it from its side, and is gone: TIME_WAIT stays. */
  async function leaveRemainders(address = "127.0.0.1"): Promise<OtherProcess> {
    const lessee = await startOther();
    await lessee.tell({ ...sharePort, port, address, serve: true });
    const client = await openServedConnection(port, address === "::1" ? "::1" : "127.0.0.1");
    await lessee.tell({ do: "endConnections", port });
    await closeConnection(client);
    await lessee.tell({ do: "close", port });
    assertOnlyRemainders();
    return lessee;
  }

  /** So that a test of remainders cannot pass for lack of any. */
  function assertOnlyRemainders(): void {
    const rows = new ProcTcpTables().rowsOn({ firstPort: port, portCount: 1 });
    assert.ok(rows.length > 0 && rows.every(isRemainder), JSON.stringify(rows));
  }

  /** The hold is whole: strangers are refused, a lessee gets in and serves. */
  async function assertHeld(): Promise<void> {
    assert.deepEqual(block.uncoveredPorts(), []);
    const run = { firstPort: port, portCount: 1, addresses };
    const refused = { EADDRINUSE: 2 * addresses.length };
    assert.deepEqual(await stranger.tell({ do: "tryAll", ...run }), refused);
    await nextLessee.tell({ ...sharePort, port, address: "127.0.0.1", serve: true });
    assert.ok(await isServed(port, "127.0.0.1"));
    assert.deepEqual(await stranger.tell({ do: "tryAll", ...run }), refused);
    await nextLessee.tell({ do: "close", port });
  }

  for (const address of addresses) {
    for (const serve of [false, true]) {
      it(`finds a lessee that ${serve ? "listens" : "is bound without listening"} on ${address} (semantics 22)`, async () => {
        const lessee = await startOther();
        await lessee.tell({ ...sharePort, port, address, serve });
        const reason = inUse(block.reclaimPort(port));
        assert.match(reason, serve ? /listens on/ : /bound to (it|\S+) without listening/);
        assert.deepEqual(block.uncoveredPorts(), []);
        await lessee.end();
        assert.deepEqual(block.reclaimPort(port), { state: "free" });
        await assertHeld();
      });
    }

    it(`finds the port free beside the TIME_WAIT of a lessee that served on ${address}`, async () => {
      await leaveRemainders(address);
      assert.deepEqual(block.reclaimPort(port), { state: "free" });
      assert.deepEqual(block.reclaimPort(port), { state: "free" });
      await assertHeld();
    });
  }

  it("finds the port free after the lessee was killed while serving", async () => {
    const lessee = await startOther();
    await lessee.tell({ ...sharePort, port, address: "::", serve: true });
    const client = await openServedConnection(port, "127.0.0.1");
    await lessee.end("SIGKILL");
    await closeConnection(client);
    assertOnlyRemainders();
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
    await assertHeld();
  });

  it("finds a lessee that stopped listening while a connection is still served", async () => {
    const lessee = await startOther();
    await lessee.tell({ ...sharePort, port, address: "127.0.0.1", serve: true });
    const client = await openServedConnection(port, "127.0.0.1");
    await lessee.tell({ do: "stopListening", port });
    assert.match(inUse(block.reclaimPort(port)), /connection .* is still established/);
    assert.deepEqual(block.uncoveredPorts(), []);
    await lessee.end();
    await closeConnection(client);
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
  });

  it("finds an unlistened socket behind TIME_WAIT", async () => {
    const lessee = await leaveRemainders();
    await lessee.tell({ ...sharePort, port, address: "127.0.0.1", serve: false });
    assert.match(inUse(block.reclaimPort(port)), /without listening/);
    assert.deepEqual(block.uncoveredPorts(), []);
    await lessee.tell({ do: "close", port });
    assert.deepEqual(block.reclaimPort(port), { state: "free" });
  });

  it("finds an unlistened socket of a program that set SO_REUSEADDR early", async () => {
    const other = await startOther();
    const early = { address: "127.0.0.1", reusePort: true, reuseAddress: true };
    await other.tell({ do: "bind", port, ...early });
    assert.match(inUse(block.reclaimPort(port)), /without listening/);
  });

  if (listsUnlistened) {
    it("finds even that behind TIME_WAIT", async () => {
      const other = await leaveRemainders();
      const early = { address: "127.0.0.1", reusePort: true, reuseAddress: true };
      await other.tell({ do: "bind", port, ...early });
      assert.match(inUse(block.reclaimPort(port)), /without listening/);
    });
  }

  it("keeps away from the TIME_WAIT of a server that shared nothing, which no lessee could bind beside", async () => {
    await block.release();
    await stranger.tell({ do: "listen", port, address: "127.0.0.1" });
    const client = await openServedConnection(port, "127.0.0.1");
    await stranger.tell({ do: "endConnections", port });
    await closeConnection(client);
    await stranger.tell({ do: "close", port });
    assertOnlyRemainders();
    block = await reserve(new Set());
    assert.match(inUse(block.reclaimPort(port)), /TIME_WAIT/);
    assert.deepEqual(block.uncoveredPorts(), [port]);
  });

  it("takes a port with a lessee's TIME_WAIT into a new block, and back after a restart", async () => {
    await leaveRemainders();
    await block.release();
    block = await reserve(null);
    await assertHeld();
    await block.release();
    block = await reserve(new Set());
    assert.deepEqual(block.uncoveredPorts(), []);
  });

  it("sees that a second broker of the same user holds the port", async () => {
    await block.release();
    const other = await startOther();
    await other.tell({ do: "reserve", firstPort: port, portCount: 1 });
    block = await reserve(new Set());
    assert.deepEqual(block.uncoveredPorts(), [port]);
    assert.match(inUse(block.reclaimPort(port)), /without listening/);
  });
}

describeOnLinux("reclaimPort with the tables of Linux 6.8 and later", () => {
  const libc = loadLibc();
  reclaimSuite(new NetlinkTcpTables(libc, new ProcTcpTables()), true);
});

describeOnLinux("reclaimPort with the tables of older kernels", () => {
  reclaimSuite(new ProcTcpTables(), false);
});
