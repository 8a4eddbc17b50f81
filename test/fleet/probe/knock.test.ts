// A knock at real sockets: at a broker, at a host without one, and where nobody answers.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Readable } from "node:stream";
import { knock, type LookUp, oneAtATime, systemLookUp } from "#fleet/probe/knock.js";
import { eventually } from "../../support/eventually.js";

const nobodyLooksUp: LookUp = () => Promise.reject(new Error("no name is looked up here"));

function knockAt(host: string, port: number, lookUp = nobodyLooksUp, withinMs = 10_000) {
  const { signal } = new AbortController();
  return knock({ host, port }, { lookUp, signal, withinMs });
}

describe("a knock", () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer((socket) => socket.on("error", () => undefined).resume());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => {
    server.close();
  });

  it("finds a broker where something listens", async () => {
    assert.equal(await knockAt("127.0.0.1", port), "broker-answers");
  });

  it("finds the host alone where nothing listens at the port", async () => {
    server.close();
    await once(server, "close");
    assert.equal(await knockAt("127.0.0.1", port), "host-answers");
  });

  it("looks a name up, and says that it does not know where there is none", async () => {
    assert.equal(await knockAt("localhost", port, systemLookUp), "broker-answers");
    assert.equal(await knockAt("nowhere.invalid", port, nobodyLooksUp), "unknown");
  });

  it("does not wait for a name server that keeps silent", async () => {
    const silent: LookUp = () => new Promise(() => undefined);
    assert.equal(await knockAt("build-01.example", port, silent, 50), "unknown");
  });

  it("looks up one name at a time, and none whose turn comes too late", async () => {
    const asked: string[] = [];
    const ends: (() => void)[] = [];
    const lookUp = oneAtATime((host) => {
      asked.push(host);
      return new Promise((resolve, reject) => {
        ends.push(host === "b" ? () => reject(new Error("none")) : () => resolve(["127.0.0.1"]));
      });
    });
    const late = new AbortController();
    const { signal } = new AbortController();
    const [a, b] = [lookUp("a", signal), lookUp("b", signal)];
    const c = lookUp("c", late.signal);
    const d = lookUp("d", signal);
    late.abort();
    await eventually("the first is asked for", () => asked.length === 1);
    ends[0]?.();
    assert.deepEqual(await a, ["127.0.0.1"]);
    await eventually("the second is asked for", () => asked.length === 2);
    ends[1]?.();
    await assert.rejects(b, /none/);
    assert.deepEqual(await c, []);
    await eventually("the last is asked for", () => asked.length === 3);
    ends[2]?.();
    assert.deepEqual(await d, ["127.0.0.1"]);
    assert.deepEqual(asked, ["a", "b", "d"]);
  });

  it("connects to no address of a name that it may not, as of a metadata service", async () => {
    const metadata: LookUp = () => Promise.resolve(["169.254.169.254", "fe80::1"]);
    assert.equal(await knockAt("build-01.example", port, metadata), "unknown");
    const both: LookUp = () => Promise.resolve(["169.254.169.254", "127.0.0.1"]);
    assert.equal(await knockAt("build-01.example", port, both), "broker-answers");
  });

  it("sends nothing, and leaves at once", async () => {
    const heard = new Promise<string>((resolve) => {
      server.once("connection", (socket) => {
        let text = "";
        socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
        socket.on("close", () => resolve(text));
      });
    });
    await knockAt("127.0.0.1", port);
    assert.equal(await heard, "");
  });

  it("says that it does not know when it is broken off", async () => {
    const abort = new AbortController();
    const lookUp: LookUp = () => {
      abort.abort();
      return Promise.resolve(["127.0.0.1"]);
    };
    const outcome = await knock({ host: "a.example", port }, { lookUp, signal: abort.signal });
    assert.equal(outcome, "unknown");
  });
});

describe("a knock at a host that keeps silent", () => {
  let stopped: ChildProcess;
  const waiting: Socket[] = [];

  afterEach(() => {
    stopped.kill("SIGKILL");
    for (const socket of waiting.splice(0)) socket.destroy();
  });

  it("finds no answer when its time is over", async function () {
    // Linux drops what comes in when a listener's queue is full: https://man7.org/linux/man-pages/man2/listen.2.html
    if (process.platform !== "linux") this.skip();
    const port = await fullListener();
    assert.equal(await knockAt("127.0.0.1", port, nobodyLooksUp, 300), "no-answer");
  });

  /** A process that listens and does not accept, with its queue full. */
  async function fullListener(): Promise<number> {
    const code =
      'const s = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 },' +
      "() => { console.log(s.address().port); process.kill(process.pid, 'SIGSTOP'); });";
    stopped = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(stopped.stdout as Readable, "data")) as [Buffer];
    const port = Number(line.toString());
    for (let count = 0; count < 8; count += 1) {
      waiting.push(connect({ host: "127.0.0.1", port }).on("error", () => undefined));
    }
    const [first] = waiting;
    if (first !== undefined) await once(first, "connect");
    return port;
  }
});
