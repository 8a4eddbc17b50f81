// Calls that are not answered, answered too late, or answered by another server than etcd.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { answerBytesMax, type Etcd } from "#etcd/etcd.js";
import { describeWithEtcd } from "../support/etcd-program.js";
import { etcdClients, WatchRecord, withCode } from "../support/etcd-client.js";
import { etcdOfSuite } from "../support/etcd.js";
import { eventually } from "../support/eventually.js";
import { ManualTimers } from "../support/manual-timers.js";
import { freePorts } from "../support/ports-below-ephemeral.js";
import { itOnLinux } from "../support/platform-only.js";
import { TcpRelay } from "../support/tcp-relay.js";
import { connectingTo, startBlackHole } from "../support/black-hole.js";

const limits = { silenceMsMax: 777, connectMsMax: 888, callMsMax: 999 };
const put = (key: string) => ({ when: [], success: [{ put: key, value: "" }] });

async function deadEndpoint(): Promise<string> {
  return `127.0.0.1:${(await freePorts(1))[0]}`;
}

describeWithEtcd("a call of etcd", () => {
  const etcd = etcdOfSuite({ flags: ["--max-txn-ops=4"] });
  const open = etcdClients();

  it("goes to the next endpoint where one is away, though it writes", async () => {
    const client = open([await deadEndpoint(), etcd().endpoint]);
    await client.transact(put("/next/a"));
    assert.equal((await client.range({ prefix: "/next/" })).entries.length, 1);
  });

  it("says of each endpoint what came of it, when none answers", async () => {
    const [one, two] = [await deadEndpoint(), await deadEndpoint()];
    const says = new RegExp(
      `${one}: .*ECONNREFUSED.*; ${two}: .*ECONNREFUSED.*Check that etcd runs`,
    );
    await assert.rejects(open([one, two]).transact(put("/a")), withCode("unavailable", says));
  });

  it("says that it may be done, when etcd hangs, and does not wait for ever", async () => {
    const timers = new ManualTimers();
    const client = open(etcd().endpoint, { timers, limits });
    await client.range({ prefix: "/hang/" });
    etcd().pause();
    try {
      const writing = assert.rejects(
        client.transact(put("/hang/a")),
        withCode("timeout", /no answer within 999 ms.*may be done or not/),
      );
      // It is sent at once, since there is a connection.
      await setImmediate();
      timers.run(limits.callMsMax);
      await writing;
    } finally {
      etcd().resume();
    }
    assert.deepEqual(timers.waiting, []);
  });

  it("says that nothing was done, when there is no connection in time", async () => {
    const timers = new ManualTimers();
    const client = open(etcd().endpoint, { timers, limits });
    etcd().pause();
    try {
      const writing = assert.rejects(
        client.transact(put("/late/a")),
        withCode("unavailable", /no connection within 888 ms/),
      );
      await eventually("a connection", () => timers.run(limits.connectMsMax) > 0);
      await writing;
    } finally {
      etcd().resume();
    }
  });

  describe("whose answer is lost", () => {
    let relay: TcpRelay;
    let client: Etcd;
    beforeEach(async () => {
      relay = await TcpRelay.start(etcd().endpoint);
      client = open([relay.endpoint, etcd().endpoint]);
      // Now there is a connection by the relay, which is lost at the next answer.
      await client.range({ prefix: "/lost/" });
      relay.cutAtAnswer();
    });
    afterEach(() => relay.close());

    it("is not sent again when it writes", async () => {
      const says = /did not say whether it did/;
      await assert.rejects(client.transact(put("/lost/a")), withCode("timeout", says));
      const [entry] = (await client.range({ prefix: "/lost/" })).entries;
      assert.equal(entry?.key, "/lost/a");
      assert.equal(entry.createRevision, entry.modRevision);
    });

    it("is sent to the next endpoint when doing it twice does no harm", async () => {
      await client.range({ prefix: "/lost/" });
    });
  });

  it("is refused where etcd refuses it", async () => {
    const client = open(etcd().endpoint);
    const success = Array.from({ length: 5 }, (_, index) => ({ put: `/many/${index}`, value: "" }));
    await assert.rejects(
      client.transact({ when: [], success }),
      withCode("refused", /\/many\/0 and said: .*too many operations/),
    );
    const large = { put: "/large", value: Buffer.alloc(2_000_000) };
    await assert.rejects(
      client.transact({ when: [], success: [large] }),
      withCode("refused", /too large|larger than max/),
    );
  });

  it("is refused when its answer is too large, and answered in smaller pages", async () => {
    const client = open(etcd().endpoint);
    const value = Buffer.alloc(1_200_000);
    for (let index = 0; index < 30; index += 1) {
      await client.transact({ when: [], success: [{ put: `/big/${index}`, value }] });
    }
    assert.ok(30 * value.length > answerBytesMax);
    await assert.rejects(client.range({ prefix: "/big/" }), withCode("refused", /larger than max/));
    assert.equal((await client.range({ prefix: "/big/", limit: 20 })).entries.length, 20);
  });

  it("leaves nothing open when the client is closed in the middle of everything", async () => {
    const timers = new ManualTimers();
    const client = open([await deadEndpoint(), etcd().endpoint], { timers, limits });
    const record = new WatchRecord();
    client.watch({ prefix: "/", fromRevision: 1n }, record);
    const calls = [
      assert.rejects(client.range({ prefix: "/" }), withCode("closed")),
      assert.rejects(client.transact(put("/a")), withCode("closed")),
      assert.rejects(client.keepAlive(1n), withCode("closed")),
      assert.rejects(client.grantLease(1), withCode("closed")),
    ];
    client.close();
    await Promise.all(calls);
    assert.equal((await record.untilEnd()).code, "closed");
    await eventually("no timer", () => timers.waiting.length === 0);
  });
});

describe("a call of what is no etcd", () => {
  const open = etcdClients();

  itOnLinux("leaves nothing behind of a connection that nobody answers", async () => {
    const hole = await startBlackHole();
    try {
      const timers = new ManualTimers();
      const client = open(hole.endpoint, { timers, limits });
      const late = assert.rejects(
        client.range({ prefix: "/" }),
        withCode("unavailable", /no connection within 888 ms/),
      );
      await setImmediate();
      assert.equal(timers.run(limits.connectMsMax), 1);
      await late;
      const closed = assert.rejects(client.range({ prefix: "/" }), withCode("closed"));
      await setImmediate();
      client.close();
      await closed;
      await eventually("no socket that is connecting", () => connectingTo(hole.endpoint) === 0);
    } finally {
      hole.stop();
    }
  });

  it("is refused by another gRPC server, and so is a watch", async () => {
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    try {
      const client = open(`127.0.0.1:${port}`);
      await assert.rejects(
        client.range({ prefix: "/" }),
        withCode("refused", /Check that it is etcd/),
      );
      await assert.rejects(client.keepAlive(1n), withCode("refused"));
      const record = new WatchRecord();
      client.watch({ prefix: "/", fromRevision: 1n }, record);
      assert.equal((await record.untilEnd()).code, "refused");
      client.close();
    } finally {
      server.forceShutdown();
    }
  });

  for (const [what, text] of [
    ["that talks nonsense", "220 mail.example.org ESMTP ready\r\n"],
    ["that closes at once", null],
    ["that speaks HTTP/1.1", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
  ] as const) {
    it(`is not answered by a server ${what}`, async () => {
      const server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.resume();
        if (text === null) socket.destroy();
        else socket.end(text);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      try {
        await assert.rejects(
          open(`127.0.0.1:${port}`).range({ prefix: "/" }),
          withCode("unavailable"),
        );
      } finally {
        server.close();
        await once(server, "close");
      }
    });
  }
});
