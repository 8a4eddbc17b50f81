// The streams of HTTP/2 sessions in another table than node:http2 made, and that its sessions work as before.

import assert from "node:assert/strict";
import { once } from "node:events";
import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type Http2Server,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ForgetfulMap } from "#server/domain/forgetful-map.js";
import type { BrokerServices } from "#server/grpc/broker-services.js";
import { exchangeStreams, withForgetfulSessions } from "#server/grpc/forgetful-sessions.js";
import { PeerConnections } from "#server/grpc/peer-connections.js";
import { GrpcServer } from "#server/grpc/server.js";
import { LeaseCaller } from "../support/lease-caller.js";
import { openToAll, servedToAll } from "../support/open-gate.js";
import { silentLog } from "../support/silent-log.js";

describe("HTTP/2 sessions that let go of their streams", () => {
  let server: Http2Server;
  let client: ClientHttp2Session;
  let session: ServerHttp2Session;

  beforeEach(async () => {
    server = withForgetfulSessions(() => http2.createServer());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const begun = once(server, "session") as Promise<[ServerHttp2Session]>;
    client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    [session] = await begun;
  });

  afterEach(async () => {
    client.destroy();
    session.destroy();
    const closed = once(server, "close");
    server.close();
    await closed;
  });

  async function request(): Promise<{ asked: ClientHttp2Stream; served: ServerHttp2Stream }> {
    const begun = once(server, "stream") as Promise<[ServerHttp2Stream]>;
    const asked = client.request({ ":method": "POST" });
    asked.on("error", () => undefined);
    const [served] = await begun;
    served.on("error", () => undefined);
    return { asked, served };
  }

  it("have them in a map that does", () => {
    assert.ok(streamsOf(session) instanceof ForgetfulMap);
  });

  it("serve many requests at once, with trailers, and have none of them afterwards", async () => {
    server.on("stream", (stream) => {
      stream.respond({}, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ sum: "5" }));
      void text(stream).then((read) => stream.end(read));
    });
    const ask = async (index: number): Promise<string> => {
      const stream = client.request({ ":method": "POST" });
      const trailers = once(stream, "trailers") as Promise<[{ sum: string }]>;
      stream.end(`request ${index}`);
      const read = await text(stream);
      const [{ sum }] = await trailers;
      return `${read}, ${sum}`;
    };
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)));
    assert.deepEqual(
      answers,
      Array.from({ length: 200 }, (_, index) => `request ${index}, 5`),
    );
    client.close();
    await once(session, "close");
    assert.equal(streamsOf(session)?.size ?? 0, 0);
  });

  it("tell a stream that its caller has gone away", async () => {
    const { asked, served } = await request();
    const closed = once(served, "close");
    asked.close(http2.constants.NGHTTP2_CANCEL);
    await closed;
    assert.equal(served.rstCode, http2.constants.NGHTTP2_CANCEL);
  });

  it("end their streams when they are destroyed", async () => {
    const requests = [await request(), await request()];
    const closed = requests.map(({ served }) => once(served, "close"));
    session.destroy();
    await Promise.all(closed);
  });

  it("wait with their end for their last stream", async () => {
    const { asked, served } = await request();
    let ended = false;
    const closed = once(session, "close").then(() => (ended = true));
    client.close();
    await once(session, "goaway");
    assert.equal(ended, false);
    asked.end();
    served.respond();
    served.end("done");
    assert.equal(await text(asked), "done");
    await closed;
  });

  it("keep the table that they have once there are streams in it", async () => {
    const { served } = await request();
    assert.equal(exchangeStreams(session), false);
    assert.equal(streamsOf(session)?.size, 1);
    served.destroy();
  });

  it("are those of a broker", async () => {
    const { createServer } = http2;
    const sessions: Http2Session[] = [];
    Reflect.set(http2, "createServer", (...given: Parameters<typeof createServer>) =>
      createServer(...given).on("session", (each) => sessions.push(each)),
    );
    const connections = new PeerConnections();
    const served = servedToAll({ lease: {}, admin: {} } as BrokerServices, connections);
    const broker = new GrpcServer(served, connections, openToAll, silentLog);
    Reflect.set(http2, "createServer", createServer);
    const caller = new LeaseCaller(await broker.listen({ host: "127.0.0.1", port: 0 }));
    assert.equal(await caller.health(), "SERVING");
    caller.close();
    await broker.stop();
    assert.deepEqual(
      sessions.map((each) => streamsOf(each) instanceof ForgetfulMap),
      [true],
    );
  });

  it("are made of nothing that is not one", () => {
    assert.equal(exchangeStreams({} as Http2Session), false);
    assert.equal(http2.createServer.name, "createServer");
  });
});

function streamsOf(session: Http2Session): { readonly size: number } | undefined {
  const symbol = Object.getOwnPropertySymbols(session).find((each) => each.description === "state");
  assert.ok(symbol !== undefined);
  const state: unknown = Reflect.get(session, symbol);
  return (state as { readonly streams?: { readonly size: number } }).streams;
}
