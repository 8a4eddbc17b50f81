// What a request must be to reach a method, and what it is told when it is not.

import assert from "node:assert/strict";
import type { ConnectErrorBody } from "../../support/http-caller.js";
import { HttpLab, readToEnd } from "../../support/http-lab.js";

const getBroker = "/portlease.v1.AdminService/GetBroker";
const watchLeases = "/portlease.v1.LeaseService/WatchLeases";
const json = { "content-type": "application/json" };

describe("a request for a method", () => {
  let lab: HttpLab;
  let reached: unknown[];

  beforeEach(async () => {
    reached = [];
    lab = await HttpLab.start({
      admin: { getBroker: (call) => void reached.push(call.request) },
      lease: {
        acquireLease: (call) => void reached.push(call.request),
        listLeases: (call) => void reached.push(call.request),
        watchLeases: (call) => void reached.push(call.request),
        session: () => undefined,
      },
    });
  });

  afterEach(async () => {
    assert.deepEqual(reached, [], "it reached the handler");
    await lab.stop();
  });

  async function refused(
    status: number,
    [method, path, headers = {}, body = ""]: Parameters<typeof lab.caller.send>,
  ): Promise<Awaited<ReturnType<typeof lab.caller.send>>> {
    const answer = await lab.caller.send(method, path, headers, body);
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers["x-content-type-options"], "nosniff");
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
    return answer;
  }

  it("is a POST where the method is unary", async () => {
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const { headers, text } = await refused(405, [method, getBroker]);
      assert.equal(headers["allow"], "POST, OPTIONS");
      assert.match(text, /called by POST/);
    }
    const { text } = await refused(405, ["HEAD", getBroker]);
    assert.equal(text, "");
  });

  it("is a GET where it is a stream", async () => {
    const { headers } = await refused(405, ["POST", watchLeases, json, "{}"]);
    assert.equal(headers["allow"], "GET, OPTIONS");
  });

  it("may ask how, and learns nothing of other origins", async () => {
    const { headers } = await refused(204, ["OPTIONS", getBroker]);
    assert.equal(headers["allow"], "POST, OPTIONS");
    const preflight = {
      origin: "http://evil.example.org",
      "access-control-request-method": "POST",
    };
    await refused(403, ["OPTIONS", getBroker, preflight]);
  });

  it("is no form of a web page", async () => {
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ];
    for (const type of types)
      await refused(415, ["POST", getBroker, { "content-type": type }, "{}"]);
    const { headers } = await refused(415, ["POST", getBroker, {}, "{}"]);
    assert.equal(headers["accept-post"], "application/json, application/proto");
    await refused(415, ["POST", getBroker, { ...json, "content-encoding": "gzip" }, "{}"]);
  });

  it("is of the protocol's version, with a deadline that is one", async () => {
    await refused(400, ["POST", getBroker, { ...json, "connect-protocol-version": "2" }, "{}"]);
    for (const timeout of ["", "soon", "-1", "1.5", "12345678901"]) {
      await refused(400, ["POST", getBroker, { ...json, "connect-timeout-ms": timeout }, "{}"]);
    }
  });

  it("is not longer than a message may be, whether it says so or not", async () => {
    const long = `{"pageToken":"${"x".repeat(300_000)}"}`;
    const path = "/portlease.v1.LeaseService/ListLeases";
    await refused(413, ["POST", path, json, long]);
    await refused(413, ["POST", path, { ...json, "transfer-encoding": "chunked" }, long]);
  });

  it("ends its connection when there is more of it than anybody reads", async () => {
    const head = `POST ${getBroker} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n`;
    for (const length of ["content-length: 9999999999", "transfer-encoding: chunked"]) {
      const socket = await lab.connect();
      const answer = readToEnd(socket);
      socket.write(`${head}${length}\r\n\r\n`);
      assert.match(await answer, /^HTTP\/1\.1 415 [^]*connection: close/i);
    }
  });

  it("has no token in its query", async () => {
    for (const name of ["token", "access_token", "Authorization", "bearer", "apikey"]) {
      const { text } = await refused(400, ["GET", `${watchLeases}?${name}=planted-secret`]);
      assert.match(text, /authorization: Bearer/);
      assert.doesNotMatch(text, /planted-secret/);
      await refused(400, ["GET", `/?${name}=planted-secret`]);
    }
  });

  it("has nothing in its query that a stream does not know", async () => {
    const { text } = await refused(400, ["GET", `${watchLeases}?filter=a`]);
    assert.match(text, /"filter"/);
    await refused(400, ["GET", `${watchLeases}?encoding=proto`]);
  });

  it("names a method that there is", async () => {
    for (const path of [
      "/portlease.v1.AdminService/getBroker",
      "/portlease.v1.AdminService/",
      "/portlease.v1.Nothing/GetBroker",
      `${getBroker}/`,
      "/portlease.v1.AdminService%2FGetBroker",
      "/__proto__",
      "/constructor",
    ]) {
      const { text } = await refused(404, ["POST", path, json, "{}"]);
      assert.match(text, /\/healthz/);
    }
    await refused(501, ["POST", "/portlease.v1.LeaseService/Session", json, "{}"]);
  });

  const unreadable: readonly (readonly [what: string, body: string, field: string])[] = [
    ["no JSON", '{"pageSize":', "message"],
    ["JSON beside JSON", "{} {}", "message"],
    ["a list", "[]", "message"],
    ["null", "null", "message"],
    ["a field that there is not", '{"pagesize":1}', "pagesize"],
    ["such a field inside another", '{"holder":{"process":{"id":1}}}', "holder.process.id"],
    ["a text for a number", '{"portCount":"many"}', "port_count"],
    ["a number out of its range", '{"portCount":4294967296}', "port_count"],
    ["a number with a fraction", '{"portCount":1.5}', "port_count"],
    ["a huge number", `{"portCount":1e999}`, "port_count"],
    ["a number of 400 digits", `{"portCount":${"9".repeat(400)}}`, "port_count"],
    ["a time without a unit", '{"ttl":"30"}', "ttl"],
    ["an unknown word", '{"protocol":"PROTOCOL_SCTP"}', "protocol"],
    ["a list for a text", '{"pool":["planted-secret"]}', "pool"],
    ["a field twice", '{"pool":"a","pool":"b"}', "message"],
    [
      "deep nesting",
      `{"holder":${'{"holder":'.repeat(9_000)}1${"}".repeat(9_000)}}`,
      "holder.holder",
    ],
    ["a deep list", `{"pool":${"[".repeat(60_000)}${"]".repeat(60_000)}}`, "pool"],
    ["a key of an object's own", '{"__proto__":{"pool":"a"}}', "__proto__"],
  ];
  for (const [what, body, field] of unreadable) {
    it(`is told which field it is when it sends ${what}`, async () => {
      const path = "/portlease.v1.LeaseService/AcquireLease";
      const answer = await refused(400, ["POST", path, json, body]);
      const error = JSON.parse(answer.text) as ConnectErrorBody;
      assert.equal(error.code, "invalid_argument");
      assert.equal(error.details?.[0]?.debug?.reason, "FIELD_INVALID");
      assert.equal(error.details[0].debug.metadata?.["field"], field);
      assert.doesNotMatch(answer.text, /planted-secret/);
    });
  }

  it("is in UTF-8, or in protobuf that can be read", async () => {
    const path = "/portlease.v1.LeaseService/AcquireLease";
    const latin1 = Buffer.from('{"pool":"\xe9"}', "latin1");
    await refused(400, ["POST", path, json, latin1]);
    const proto = { "content-type": "application/proto" };
    const { text } = await refused(400, ["POST", path, proto, Buffer.from([0x0a, 0xff])]);
    assert.match(text, /FIELD_INVALID/);
  });

  it("is told the same of a stream's message, before the stream begins", async () => {
    const { text } = await refused(400, ["GET", `${watchLeases}?message=%7B%22a%22%3A1%7D`]);
    assert.match(text, /a is no field of WatchLeasesRequest/);
  });
});
