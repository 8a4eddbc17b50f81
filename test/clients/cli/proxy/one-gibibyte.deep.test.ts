// One GiB there and one GiB back through a real `portlease run --proxy`: not one byte differs, and the proxy stays small.

import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { finished, outputMatching, startCli, type CliProcess } from "../../../support/cli.js";
import { startTestBroker, type TestBroker } from "../../../support/running-broker.js";

const bytes = 1024 ** 3;
const chunkBytes = 1024 ** 2;

/** A Node that leases and listens has some 90 MiB; a proxy that reads faster than it can write would have all of the stream. */
const proxyMibMax = 256;

/** Knows nothing of portlease. */
const echoServer = `
const { createServer } = require("node:net");
createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))
  .listen(process.env.PORT, () => console.log("serving"));`;

describe("one GiB through portlease run --proxy", function () {
  this.timeout(300_000);
  let broker: TestBroker;
  let child: CliProcess | null = null;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    broker = await startTestBroker();
  });
  after(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "close");
    }
    await broker.dispose();
  });

  for (const to of ["port", "{socket}"] as const) {
    it(`comes back unharmed through a private ${to === "port" ? "port" : "Unix socket"}, with bounded memory`, async () => {
      const where = to === "port" ? [] : ["--proxy-to", to];
      const run = ["run", "--proxy", "--proxy-drain", "0s", ...where, "--"];
      child = startCli([...run, process.execPath, "-e", echoServer], {
        environment: { PORTLEASE_ADDRESS: broker.address },
      });
      const [told] = await Promise.all([
        outputMatching(child.stderr, /gets port \d+/),
        outputMatching(child.stdout, /serving\n/),
      ]);
      const port = Number(/gets port (\d+)/.exec(told)?.[1]);
      const peer = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      await once(peer, "connect");
      const [sent, received] = await Promise.all([send(peer), receive(peer)]);
      assert.deepEqual(received, { length: bytes, digest: sent });
      const mib = peakMib(child.pid ?? 0);
      console.log(`      the proxy had ${mib.toFixed(0)} MiB at most`);
      assert.ok(mib < proxyMibMax, String(mib));
      child.kill("SIGTERM");
      assert.equal((await finished(child)).exitCode, 128 + 15);
    });
  }
});

/** Bytes without a pattern that could hide a mistake, the same each time. Resolves with their digest. */
async function send(peer: Socket): Promise<string> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  const hash = createHash("sha256");
  const zeros = Buffer.alloc(chunkBytes);
  for (let sent = 0; sent < bytes; sent += chunkBytes) {
    const chunk = cipher.update(zeros);
    hash.update(chunk);
    if (!peer.write(chunk)) await once(peer, "drain");
  }
  peer.end();
  return hash.digest("hex");
}

async function receive(
  peer: Socket,
): Promise<{ readonly length: number; readonly digest: string }> {
  const hash = createHash("sha256");
  let length = 0;
  peer.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    length += chunk.length;
  });
  await once(peer, "end");
  return { length, digest: hash.digest("hex") };
}

/** VmHWM: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peakMib(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, "latin1");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}
