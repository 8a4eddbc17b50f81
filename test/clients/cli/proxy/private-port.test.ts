// The port that a program behind `portlease run --proxy` gets for itself, and the place of its socket.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname } from "node:path";
import { childAddress } from "#cli/run/proxy/child-address.js";
import { choosePrivatePort } from "#cli/run/proxy/private-port.js";
import {
  fillSocketPath,
  makePrivateSocket,
  requireSocketPath,
} from "#cli/run/proxy/private-socket.js";

describe("the private place of a program behind portlease run --proxy", () => {
  it("is a port that nobody has", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: taken } = server.address() as AddressInfo;
    const free = await choosePrivatePort();
    await free.close();
    const picks = [taken, taken, free.port];
    const chosen = await choosePrivatePort(() => picks.shift() ?? 0);
    assert.equal(chosen.port, free.port);
    await chosen.close();
    server.close();
  });

  it("is asked for as {socket} only where the program is to listen on a path", () => {
    const texts = ["--listen", "unix:{socket}"];
    const refused = { exitCode: 2, message: /\{socket\}.*--proxy-to/ };
    assert.throws(() => requireSocketPath(texts, "port"), refused);
    assert.throws(() => requireSocketPath(texts, childAddress("localhost:9000")), refused);
    for (const to of ["socket", childAddress("/run/reports.sock")] as const) {
      requireSocketPath(texts, to);
    }
    requireSocketPath(["{{socket}}", "{other}"], "port");
  });

  it("is not given to two at the same time, though neither of them binds it", async function () {
    // Elsewhere there is no name that only one process can have.
    if (process.platform !== "linux" && process.platform !== "win32") this.skip();
    const [first, second, third] = [
      await choosePrivatePort(),
      await choosePrivatePort(),
      await choosePrivatePort(),
    ];
    await second.close();
    const wish = (): (() => number) => {
      const picks = [first.port, second.port, third.port];
      return () => picks.shift() ?? 0;
    };
    const chosen = await choosePrivatePort(wish());
    assert.equal(chosen.port, second.port);
    await Promise.all([first.close(), chosen.close(), third.close()]);
  });

  it("can be bound by a program on every address", async () => {
    const { port, close } = await choosePrivatePort();
    const server = createServer().listen({ port, host: "0.0.0.0" });
    await once(server, "listening");
    server.close();
    await close();
  });

  it("is said to be missing when there is none", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await assert.rejects(
      choosePrivatePort(() => port),
      { code: "NO_PRIVATE_PORT" },
    );
    server.close();
  });

  it("is a path for its owner alone, made empty before each start and removed in the end", function () {
    if (process.platform === "win32") this.skip();
    const socket = makePrivateSocket();
    assert.equal(statSync(dirname(socket.path)).mode & 0o777, 0o700);
    writeFileSync(socket.path, "left by a program that was killed");
    socket.clear();
    socket.clear();
    assert.ok(!existsSync(socket.path));
    socket.close();
    assert.ok(!existsSync(dirname(socket.path)));
  });

  it("stands in the words for the program where they ask for it", () => {
    assert.equal(fillSocketPath("--listen=unix:{socket}", "/run/s"), "--listen=unix:/run/s");
    assert.equal(fillSocketPath("{{socket}} {port}", "/run/s"), "{socket} {port}");
    assert.equal(fillSocketPath("{socket}", undefined), "{socket}");
  });

  it("can be named by the user", () => {
    assert.deepEqual(childAddress("127.0.0.1:9000"), {
      kind: "tcp",
      host: "127.0.0.1",
      port: 9_000,
    });
    assert.deepEqual(childAddress("[::1]:9000"), { kind: "tcp", host: "::1", port: 9_000 });
    assert.deepEqual(childAddress("unix:run/s"), { kind: "path", path: "run/s" });
    assert.deepEqual(childAddress("/run/s"), { kind: "path", path: "/run/s" });
    assert.deepEqual(childAddress("\\\\.\\pipe\\s"), { kind: "path", path: "\\\\.\\pipe\\s" });
    for (const wrong of [
      "",
      "9000",
      "localhost",
      "localhost:0",
      "localhost:65536",
      "::1:9000",
      "unix:",
    ]) {
      assert.throws(() => childAddress(wrong), /where the program listens/, wrong);
    }
  });
});
