// What the Windows host tells of processes, connections, ranges and folders.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type HostPorts, NativeError, openHostPorts, openPrivateFolders } from "@portlease/native";
import { openWin32HostPorts } from "#native/win32/open.js";
import { eventually } from "../../support/eventually.js";
import { blockRequest } from "../../support/native-requests.js";
import { FreePorts } from "./support/free-ports.js";
import { controlPool } from "./support/pool-control.js";

const programFile = fileURLToPath(new URL("support/windows-program-main.js", import.meta.url));

describe("Win32HostPorts", () => {
  let host: HostPorts;

  before(() => {
    host = openHostPorts();
  });

  it("prefers persistent blocks where it runs elevated", () => {
    const { platform, kinds, autoKind, reservesOwnPorts, ipv6 } = host.capabilities();
    assert.equal(platform, "win32");
    assert.deepEqual(kinds, ["persistent", "runtime", "administered"]);
    assert.equal(autoKind, "persistent");
    assert.deepEqual([reservesOwnPorts, ipv6], [true, true]);
  });

  it("watches a process until it ends, and knows who started it", async () => {
    const child = fork(programFile);
    await once(child, "message");
    const processId = child.pid ?? 0;
    const watch = host.watchProcess(processId);
    assert.ok(watch !== null);
    assert.match(watch.identity.processName, /^node(\.exe)?$/);
    assert.deepEqual(host.identifyProcess(processId), watch.identity);
    assert.notEqual(watch.identity.startTime, host.identifyProcess(process.pid)?.startTime);
    assert.equal(watch.hasExited(), false);
    assert.equal(host.hasProcessEnded(watch.identity), false);
    assert.equal(host.hasProcessEnded({ processId, startTime: "another" }), true);
    assert.equal(host.isDescendant(processId, process.pid), true);
    assert.equal(host.isDescendant(process.pid, processId), false);
    child.kill();
    await once(child, "exit");
    await eventually("the end is seen", () => watch.hasExited());
    assert.equal(host.hasProcessEnded(watch.identity), true);
    watch.close();
    watch.close();
    assert.equal(host.watchProcess(processId), null);
    assert.equal(host.isDescendant(processId, process.pid), null);
  });

  it("identifies no process by an id that none can have", () => {
    for (const processId of [0, -1, 1.5, 2 ** 32]) {
      assert.equal(host.identifyProcess(processId), null);
      assert.equal(host.hasProcessEnded({ processId, startTime: "any" }), null);
    }
  });

  for (const address of ["127.0.0.1", "::1"]) {
    it(`sees both ends of a connection over ${address}, and whose they are`, async () => {
      const server = createServer();
      server.listen(0, address);
      await once(server, "listening");
      const bound = server.address();
      assert.ok(typeof bound === "object" && bound !== null);
      const accepted = once(server, "connection") as Promise<[Socket]>;
      const client = connect(bound.port, address);
      const [connection] = await accepted;
      const rows = (await host.observeSockets("tcp")).filter(
        (row) => row.state === "established" && row.localAddress === address,
      );
      const far = rows.find((row) => row.remotePort === bound.port);
      const near = rows.find((row) => row.localPort === bound.port);
      assert.equal(far?.localPort, connection.remotePort);
      assert.equal(near?.remotePort, connection.remotePort);
      // Not every Wine names the owners of connections.
      for (const row of [near, far])
        assert.ok([null, process.pid].includes(row?.processId ?? null));
      client.destroy();
      connection.destroy();
      server.close();
      await once(server, "close");
    });
  }

  it("tells the dynamic range and the exclusions, as they are now", async () => {
    await controlPool("dynamic", "50000", "1000");
    await controlPool("exclude", "udp", "23456", "5");
    try {
      assert.deepEqual(await host.dynamicRange("tcp"), { firstPort: 50_000, portCount: 1_000 });
      const udp = await host.excludedRanges("udp");
      const range = { firstPort: 23_456, portCount: 5, administered: true };
      assert.ok(udp?.some((each) => JSON.stringify(each) === JSON.stringify(range)));
      const tcp = await host.excludedRanges("tcp");
      assert.ok(!tcp?.some((each) => each.firstPort === 23_456));
    } finally {
      await controlPool("reset");
    }
  });

  for (const locale of ["fr", "ja", "ko"]) {
    it(`reads netsh in ${locale}`, async () => {
      process.env["FAKE_NETSH_LOCALE"] = locale;
      try {
        const query = {
          kind: "administered",
          protocol: "tcp",
          firstPort: 23_000,
          portCount: 3,
        } as const;
        await controlPool("exclude", "tcp", "23000", "3");
        assert.equal(await host.hasReservation(query), true);
        assert.deepEqual(await host.dynamicRange("tcp"), { firstPort: 49_152, portCount: 16_384 });
        assert.equal(await host.removeReservation(query), 1);
        assert.equal(await host.hasReservation(query), false);
      } finally {
        delete process.env["FAKE_NETSH_LOCALE"];
        await controlPool("reset");
      }
    });
  }

  it("knows nothing of ranges when netsh prints nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portlease-netsh-"));
    writeFileSync(join(folder, "empty"), "");
    process.env["FAKE_NETSH_OUTPUT"] = join(folder, "empty");
    try {
      assert.equal(await host.excludedRanges("tcp"), null);
      assert.equal(await host.dynamicRange("tcp"), null);
    } finally {
      delete process.env["FAKE_NETSH_OUTPUT"];
      rmSync(folder, { recursive: true });
    }
  });

  it("says UNSUPPORTED where there is no netsh", async () => {
    const bare = openWin32HostPorts({ netsh: "C:\\nowhere\\netsh.exe" });
    await assert.rejects(
      bare.excludedRanges("tcp"),
      (error) => error instanceof NativeError && error.code === "UNSUPPORTED",
    );
  });

  it("finds a place for a block without netsh too", async () => {
    const bare = openWin32HostPorts({ netsh: "C:\\nowhere\\netsh.exe" });
    const block = await bare.reserveBlock(blockRequest({ kind: "persistent", portCount: 2 }));
    // Below what is the dynamic range of every Windows that nobody changed.
    assert.ok(block.firstPort + 1 < 49_152);
    await block.remove();
  });

  it("removes an administered block in the parts that it was excluded in", async () => {
    await controlPool("exclude", "tcp", "23000", "2");
    await controlPool("exclude", "tcp", "23003", "1");
    await controlPool("exclude", "tcp", "23004", "2");
    try {
      const query = { kind: "administered", protocol: "tcp", firstPort: 23_000 } as const;
      assert.equal(await host.removeReservation({ ...query, portCount: 5 }), 2);
      assert.equal(await host.hasReservation({ ...query, firstPort: 23_004, portCount: 2 }), true);
    } finally {
      await controlPool("reset");
    }
  });

  it("tries a bind as an ordinary program does, and says with what it was refused", async () => {
    const port = new FreePorts(host).take(1);
    assert.deepEqual(host.tryBind("tcp", "127.0.0.1", port), { bound: true });
    await controlPool("reserve", "tcp", String(port), "1");
    try {
      const refused = { bound: false, errorNumber: 10_013, errorName: "WSAEACCES" };
      for (const address of ["127.0.0.1", "::"]) {
        assert.deepEqual(host.tryBind("tcp", address, port), refused);
      }
      assert.deepEqual(host.tryBind("udp", "127.0.0.1", port), { bound: true });
    } finally {
      await controlPool("unreserve", "tcp", String(port), "1");
    }
  });
});

describe("Win32PrivateFolders", () => {
  it("makes a folder that others cannot enter, and tells one that they can", () => {
    const base = mkdtempSync(join(tmpdir(), "portlease-folder-"));
    try {
      const folders = openPrivateFolders();
      const path = join(base, "above", "data");
      folders.makePrivate(path);
      folders.makePrivate(path);
      assert.deepEqual(folders.widerRights(path), []);
      const open = join(base, "open");
      mkdirSync(open);
      folders.makePrivate(open);
      assert.notEqual(folders.widerRights(open)?.length, 0);
      assert.equal(folders.foreignOwner(path), null);
      assert.throws(
        () => folders.widerRights(join(base, "none")),
        (error) => error instanceof NativeError && error.code === "NOT_FOUND",
      );
    } finally {
      rmSync(base, { recursive: true });
    }
  });
});
