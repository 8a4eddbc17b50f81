// What the client makes of an etcd that answers as none should, or as one that was told to take larger requests than usual.

import assert from "node:assert/strict";
import { type ServerDuplexStream, Server, ServerCredentials } from "@grpc/grpc-js";
import {
  AuthenticateResponse,
  AuthService,
  Event,
  Event_EventType,
  KeyValue,
  type WatchRequest,
  WatchResponse,
  WatchService,
} from "#etcd/gen/etcd.js";
import { etcdClients, WatchRecord, withCode } from "../support/etcd-client.js";
import { eventually } from "../support/eventually.js";

/** More than arguments that a function can be called with. */
const manyEvents = 200_000;

describe("a strange etcd", () => {
  const open = etcdClients();
  let server: Server;
  let endpoint: string;

  beforeEach(async () => {
    server = new Server();
    server.addService(WatchService, { watch });
    server.addService(AuthService, {
      authenticate: (_call: unknown, callback: (error: null, answer: unknown) => void) =>
        callback(null, AuthenticateResponse.create({ token: "not\nfor\nheaders" })),
    });
    endpoint = await new Promise<string>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(`127.0.0.1:${port}`);
        else reject(error);
      });
    });
  });

  afterEach(() => server.forceShutdown());

  it("may tell a great many changes at once", async () => {
    const record = new WatchRecord();
    let told = 0;
    open(endpoint).watch(
      { prefix: "/a/", fromRevision: 1n },
      {
        changed: (events) => (told += events.length),
        progressed: (revision) => record.progressed(revision),
        ended: (reason, error) => record.ended(reason, error),
      },
    );
    await eventually("all are told", () => told === manyEvents);
  });

  it("may give tokens that cannot be sent: calls and watches are denied", async () => {
    const client = open(endpoint, { user: { name: "fleet", password: () => "p" } });
    const says = /token/;
    await assert.rejects(client.range({ prefix: "/a/" }), withCode("denied", says));
    const record = new WatchRecord();
    client.watch({ prefix: "/a/", fromRevision: 1n }, record);
    assert.equal((await record.untilEnd()).code, "denied");
  });

  function watch(stream: ServerDuplexStream<WatchRequest, WatchResponse>): void {
    stream.on("error", () => undefined);
    stream.once("data", () => {
      const header = { revision: 2n, clusterId: 1n };
      const kv = KeyValue.create({ key: Buffer.from("/a/1"), modRevision: 2n });
      const event = Event.create({ type: Event_EventType.DELETE, kv });
      stream.write(WatchResponse.create({ created: true, header }));
      const events = Array.from({ length: manyEvents }, () => event);
      stream.write(WatchResponse.create({ header, events }));
    });
  }
});
