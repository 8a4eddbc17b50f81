// What is a request of the portserver protocol, over a real pair of sockets.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { parseRequest, readRequest } from "#server/portserver/request.js";

describe("parseRequest()", () => {
  it("takes what Python's int() takes of a process id", () => {
    const texts = ["1234\n", "1234", " 1234 \r\n", "+1234", "4294967295"];
    assert.deepEqual(texts.map(parseRequest), [1_234, 1_234, 1_234, 1_234, 4_294_967_295]);
  });

  it("refuses anything else", () => {
    for (const text of ["", "\n", "-5", "12 34", "0x10", "1e3", "4294967296", "1".repeat(21)]) {
      assert.equal(parseRequest(text), null, JSON.stringify(text));
    }
  });
});

describe("readRequest()", () => {
  let server: Server;
  let client: Socket;
  let served: Socket;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const accepted = once(server, "connection") as Promise<[Socket]>;
    client = connect(address.port, "127.0.0.1");
    [served] = await accepted;
  });

  afterEach(async () => {
    client.destroy();
    served.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("ends with the line, in however many pieces it comes", async () => {
    const request = readRequest(served);
    client.setNoDelay(true);
    client.write("12");
    await once(served, "data");
    client.write("34\n");
    assert.equal(await request, "1234\n");
  });

  it("ends with the client's half of the connection, and leaves the other half open", async () => {
    client.end("1234");
    assert.equal(await readRequest(served), "1234");
    served.end("20000\n");
    assert.equal(String((await once(client, "data"))[0]), "20000\n");
  });

  it("ends when the client waits, though it ended neither", async () => {
    client.write("1234");
    assert.equal(await readRequest(served), "1234");
  });

  it("is nothing when the client goes away without a word", async () => {
    client.end();
    assert.equal(await readRequest(served), null);
  });

  it("is cut off when it is too long to be one", async () => {
    client.write("1".repeat(10_000));
    assert.equal(parseRequest((await readRequest(served)) ?? ""), null);
  });
});
