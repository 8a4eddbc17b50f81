// Streams of server-sent events over a real socket: readers that stop reading, that leave, and that are told to go.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { Lease } from "@portlease/proto/portlease/v1/lease.js";
import type { WatchLeasesRequest } from "@portlease/proto/portlease/v1/lease_service.js";
import { MessageBatch } from "#server/grpc/message-batch.js";
import { encodeMessage } from "#server/grpc/recent-changes.js";
import { stopping } from "#server/domain/refusals.js";
import type { ConnectErrorBody } from "../../support/http-caller.js";
import { HttpLab } from "../../support/http-lab.js";

type Call = ServerWritableStream<WatchLeasesRequest, Buffer | MessageBatch<Buffer>>;

const bookmark = encodeMessage({ $case: "bookmark", value: { revision: 7n } });

describe("a stream by HTTP", () => {
  let lab: HttpLab;
  let calls: Call[];
  let onCall: (call: Call) => void;

  async function start(keepAliveEveryMs = 60_000): Promise<void> {
    calls = [];
    onCall = () => undefined;
    const watchLeases = (call: Call): void => {
      calls.push(call);
      onCall(call);
    };
    lab = await HttpLab.start({ lease: { watchLeases }, keepAliveEveryMs });
  }

  afterEach(() => lab.stop());

  function theCall(): Call {
    return calls[0] ?? assert.fail("nobody called");
  }

  it("begins at once, and carries 64 bits as texts", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases", { filter: "a" });
    assert.equal(theCall().request.filter, "a");
    theCall().write(bookmark);
    assert.deepEqual(await events.next(), {
      event: "message",
      data: { bookmark: { revision: "7" } },
    });
    events.close();
    await once(theCall(), "close");
    assert.equal(theCall().cancelled, true);
  });

  it("tells messages that were written at once one by one", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    const revisions = [8n, 9n, 10n];
    const several = revisions.map((revision) =>
      encodeMessage({ $case: "bookmark", value: { revision } }),
    );
    theCall().write(new MessageBatch(several));
    for (const revision of revisions) {
      const data = { bookmark: { revision: String(revision) } };
      assert.deepEqual(await events.next(), { event: "message", data });
    }
    events.close();
  });

  it("says that it lives when nothing else is said", async () => {
    await start(20);
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    const comment = { event: "comment", data: "keep-alive" };
    assert.deepEqual([await events.next(), await events.next()], [comment, comment]);
    events.close();
  });

  it("sends what was written before an error, then the error, and ends", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    for (let count = 0; count < 40; count += 1) theCall().write(bookmark);
    lab.guarded.endAll(stopping());
    for (let count = 0; count < 40; count += 1) {
      assert.equal((await events.next())?.event, "message");
    }
    const last = await events.next();
    assert.ok(last?.event === "error");
    assert.equal((last.data as ConnectErrorBody).code, "unavailable");
    assert.equal(await events.next(), null);
    assert.equal(theCall().destroyed, true);
  });

  it("is ended with its error, whatever its writer says after that", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    theCall().write(bookmark);
    lab.guarded.endAll(stopping());
    theCall().write(bookmark);
    theCall().write(bookmark);
    assert.equal((await events.next())?.event, "message");
    assert.equal((await events.next())?.event, "error");
    assert.equal(await events.next(), null);
  });

  it("breaks off when its writer does", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    theCall().write(bookmark);
    assert.equal((await events.next())?.event, "message");
    theCall().destroy();
    await assert.rejects(events.next());
  });

  it("is told when the broker stops, and does not keep it from stopping", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    const stopped = lab.server.stop();
    const last = await events.next();
    assert.equal(last?.event, "error");
    assert.match(JSON.stringify(last), /"STOPPING"/);
    assert.equal(await events.next(), null);
    await stopped;
  });

  it("holds its writer back while its reader does not read, and is ended in the end", async () => {
    await start(50);
    let written = 0;
    onCall = (call) => {
      const lease = Lease.fromPartial({ leaseId: "x".repeat(10_000) });
      const leases = Array.from({ length: 20 }, () => lease);
      const value = { leases, complete: false, revision: 1n };
      const big = encodeMessage({ $case: "snapshot", value });
      const more = (): void => {
        while (!call.destroyed && call.write(big)) written += 1;
      };
      call.on("drain", more);
      more();
    };
    const socket = await lab.connect();
    socket.pause();
    socket.write("GET /portlease.v1.LeaseService/WatchLeases HTTP/1.1\r\nhost: localhost\r\n\r\n");
    while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    if (!theCall().closed) await once(theCall(), "close");
    assert.equal(theCall().cancelled, true);
    // What the kernel's buffers of loopback take, and not for ever: a message is 200 kB.
    assert.ok(written < 200, `${written} messages`);
  });

  it("ends with an error, and the broker goes on, when a message cannot be told that had to wait", async () => {
    await start();
    const events = await lab.caller.stream("LeaseService/WatchLeases");
    const untellable = Buffer.from([0xff]);
    for (const message of [bookmark, untellable, bookmark]) theCall().write(message);
    assert.equal((await events.next())?.event, "message");
    const last = await events.next();
    assert.ok(last?.event === "error");
    assert.equal((last.data as ConnectErrorBody).code, "internal");
    assert.equal(await events.next(), null);
  });

  it("is refused beyond as many as there may be", async () => {
    await start();
    const open = await Promise.all(
      Array.from({ length: 128 }, () => lab.caller.stream("LeaseService/WatchLeases")),
    );
    const refused = await lab.caller.stream("LeaseService/WatchLeases");
    assert.equal(refused.status, 503);
    const [first, ...others] = open;
    first?.close();
    await once(theCall(), "close");
    const again = await lab.caller.stream("LeaseService/WatchLeases");
    assert.equal(again.status, 200);
    for (const events of [...others, again]) events.close();
  });
});
