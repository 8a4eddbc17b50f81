// Where a portserver listens, with real sockets: whose they are, what stands in their way, and what they leave.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenAt } from "#server/portserver/listen.js";
import { StartError } from "#server/start-error.js";
import { describeOnLinux } from "../../native/support/linux-only.js";

describeOnLinux("Where a portserver listens", () => {
  let folder: string;
  let path: string;
  let servers: Server[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portlease-portserver-"));
    path = join(folder, "ports.sock");
  });

  afterEach(async () => {
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    servers = [];
    rmSync(folder, { recursive: true, force: true });
  });

  const listen = async (address: string, ownerOnly = false): Promise<Server> => {
    const use = { ownerOnly, platform: process.platform };
    const server = await listenAt(address, use, answer);
    servers.push(server);
    return server;
  };

  async function refusal(address: string): Promise<string> {
    try {
      await listen(address);
    } catch (error) {
      assert.ok(error instanceof StartError);
      assert.equal(error.code, "CANNOT_LISTEN");
      return error.message;
    }
    return assert.fail("it listens");
  }

  /** One who hangs up at once only wanted to know whether somebody is there. */
  function answer(socket: Socket): void {
    socket.on("error", () => undefined);
    socket.end("20000\n");
  }

  const modeOf = (file: string): number => statSync(file).mode & 0o777;

  it("is a file for everybody, or for the broker's user alone", async () => {
    const before = process.umask();
    await listen(path);
    assert.equal(modeOf(path), 0o666);
    await listen(`${path}2`, true);
    assert.equal(modeOf(`${path}2`), 0o600);
    assert.equal(process.umask(), before);
    const client = connect({ path });
    assert.equal(String((await once(client, "data"))[0]), "20000\n");
  });

  it("leaves no file", async () => {
    const server = await listen(path);
    servers = [];
    await new Promise((resolve) => server.close(resolve));
    assert.equal(existsSync(path), false);
  });

  it("takes the place of a server that was killed, and of no other", async () => {
    await listen(path);
    assert.match(await refusal(path), /another server answers there/);
    const left = `${path}-left`;
    const program = `require("net").createServer().listen({ path: ${JSON.stringify(left)} }, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", program]);
    assert.ok(statSync(left).isSocket(), "the killed server left it");
    await listen(left);
    assert.equal(modeOf(left), 0o666);
  });

  it("touches nothing that is no socket", async () => {
    const file = join(folder, "precious.txt");
    writeFileSync(file, "kept");
    assert.match(await refusal(file), /there is a file that is no socket/);
    assert.equal(readFileSync(file, "utf8"), "kept");
  });

  it("is a name as clients say it, without zeros after it, and one server's only", async () => {
    const name = `portlease-listen-${process.pid}`;
    await listen(`@${name}`);
    const names = readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .map((line) => line.slice(line.lastIndexOf(" ") + 1));
    assert.ok(names.includes(`@${name}`));
    assert.match(await refusal(`@${name}`), /another server has the name/);
  });

  it("is nowhere that the platform does not have", async () => {
    const pipe = String.raw`\\.\pipe\ports`;
    assert.match(await refusal(pipe), /this platform has no such thing; give @name or a path/);
    const accept = (): void => undefined;
    const onWindows = { ownerOnly: false, platform: "win32" } as const;
    await assert.rejects(listenAt("/run/ports", onWindows, accept), /give @name or \\\\\.\\pipe/);
  });
});
