// Connections that are slow, silent, malformed or too many: each is cut, or answered as HTTP has it, and the next one is served.

import assert from "node:assert/strict";
import { once } from "node:events";
import { GetBrokerResponse } from "@portlease/proto/portlease/v1/admin_service.js";
import { unary } from "#server/grpc/handler.js";
import { eventually } from "../../support/eventually.js";
import { HttpLab, readToEnd } from "../../support/http-lab.js";
import { silentLog } from "../../support/silent-log.js";

const quick = { headersWithinMs: 100, requestWithinMs: 200, lateRequestsEveryMs: 20 };
const alive = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n";

describe("the HTTP listener", () => {
  let lab: HttpLab;

  afterEach(async () => {
    // Whatever was done to it, it serves the next one.
    assert.equal((await lab.caller.get("/healthz")).status, 200);
    await lab.stop();
  });

  /** What is answered to these bytes until the connection ends. */
  async function answerTo(bytes: string | Buffer): Promise<string> {
    const socket = await lab.connect();
    const answer = readToEnd(socket);
    socket.write(bytes);
    return answer;
  }

  it("closes a connection that never says a word", async () => {
    lab = await HttpLab.start({ timeouts: quick });
    const socket = await lab.connect();
    socket.resume();
    await once(socket, "close");
  });

  it("closes one that says its headers too slowly", async () => {
    lab = await HttpLab.start({ timeouts: quick });
    const socket = await lab.connect();
    const answer = readToEnd(socket);
    const drip = setInterval(() => socket.write("x-a: b\r\n"), 20);
    socket.write(alive);
    assert.match(await answer, /^HTTP\/1\.1 408 /);
    clearInterval(drip);
  });

  it("closes one whose body never comes", async () => {
    lab = await HttpLab.start({ admin: { getBroker: () => undefined }, timeouts: quick });
    const path = "/portlease.v1.AdminService/GetBroker";
    const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
    assert.match(await answerTo(`${head}content-length: 9\r\n\r\n{`), /^HTTP\/1\.1 408 /);
  });

  const malformed: Readonly<Record<string, readonly [bytes: string | Buffer, status: RegExp]>> = {
    "bytes that are no HTTP": [Buffer.from([0, 1, 2, 250, 13, 10, 13, 10]), /^HTTP\/1\.1 400 /],
    "HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^HTTP\/1\.1 (?:400|505) /],
    "a TLS greeting": [Buffer.from("160301020001000100", "hex"), /^HTTP\/1\.1 400 /],
    "10,000 headers": [`${alive}${"a: b\r\n".repeat(10_000)}\r\n`, /^HTTP\/1\.1 431 /],
    "one header without end": [`${alive}x: ${"y".repeat(40_000)}`, /^HTTP\/1\.1 431 /],
    "a line without end": [`GET /${"y".repeat(40_000)}`, /^HTTP\/1\.1 431 /],
    "no host": ["GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    "two lengths": [`${alive}content-length: 1\r\ncontent-length: 2\r\n\r\n`, /^HTTP\/1\.1 400 /],
    "a length and chunks": [
      `${alive}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    "a way to another host": [
      "GET http://example.org/ HTTP/1.1\r\nhost: example.org\r\nconnection: close\r\n\r\n",
      /^HTTP\/1\.1 400 [^]*this is no proxy/,
    ],
    "a tunnel": ["CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n", /^$/],
  };
  for (const [what, [bytes, answer]] of Object.entries(malformed)) {
    it(`answers ${what} and closes the connection`, async () => {
      lab = await HttpLab.start();
      assert.match(await answerTo(bytes), answer);
    });
  }

  it("answers pipelined requests in their order", async () => {
    lab = await HttpLab.start();
    const ready = alive.replace("healthz", "readyz");
    const close = `${ready}connection: close\r\n\r\n`;
    const answers = await answerTo(`${alive}\r\n${ready}\r\n${alive}\r\n${close}`);
    assert.deepEqual(answers.match(/\n(?:alive|ready)\n/g), [
      "\nalive\n",
      "\nready\n",
      "\nalive\n",
      "\nready\n",
    ]);
  });

  it("answers who has nothing more to say, though that side of the connection is shut", async () => {
    lab = await HttpLab.start();
    const socket = await lab.connect();
    const answer = readToEnd(socket);
    socket.end(`${alive}\r\n`);
    assert.match(await answer, /alive\n$/);
  });

  it("says nothing of the software that answers", async () => {
    lab = await HttpLab.start();
    const { headers } = await lab.caller.get("/healthz");
    assert.equal(headers["server"], undefined);
    assert.equal(headers["x-powered-by"], undefined);
  });

  it("closes connections beyond its limit at once, and accepts again when there is room", async () => {
    lab = await HttpLab.start({ connectionsMax: 2 });
    const [first] = await Promise.all([lab.connect(), lab.connect()]);
    const third = await lab.connect();
    third.resume();
    await once(third, "close");
    first?.destroy();
    await eventually("a connection is accepted", async () => {
      const socket = await lab.connect();
      const answer = readToEnd(socket);
      socket.write(`${alive}connection: close\r\n\r\n`);
      return (await answer).includes("alive");
    });
  });

  it("gives up a caller who takes nothing of its answer, whose place is for the next one then", async () => {
    const broker = { host: "x".repeat(30_000_000) };
    const getBroker = unary(silentLog, "GetBroker", () => GetBrokerResponse.fromPartial(broker));
    lab = await HttpLab.start({
      admin: { getBroker },
      connectionsMax: 1,
      timeouts: { answerTakenWithinMs: 50 },
    });
    const reader = await lab.connect();
    reader.pause();
    reader.write(
      "POST /portlease.v1.AdminService/GetBroker HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    );
    await eventually("there is room again", async () => {
      const answered = await lab.caller.get("/healthz").catch(() => null);
      return answered?.status === 200;
    });
  });

  it("has room for so many requests at once, and refuses further ones", async () => {
    const waiting: unknown[] = [];
    lab = await HttpLab.start({
      admin: { getBroker: (call) => void waiting.push(call) },
      connectionsMax: 600,
    });
    const call = `POST /portlease.v1.AdminService/GetBroker HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
    // Pipelined ones wait for their answers in line, but their handlers are called.
    const sockets = await Promise.all(Array.from({ length: 8 }, () => lab.connect()));
    for (const socket of sockets) socket.write(call.repeat(64));
    await eventually("all are under way", () => waiting.length === 512);
    assert.equal((await lab.caller.get("/healthz")).status, 503);
    for (const socket of sockets) socket.destroy();
    const served = async () => (await lab.caller.get("/healthz")).status === 200;
    await eventually("there is room again", served);
  });
});
