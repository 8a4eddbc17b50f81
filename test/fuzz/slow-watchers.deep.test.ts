// Callers that open streams and then read nothing of them, while leases change all the time: the broker's memory stays within
// bounds, others are served, and whoever reads again is told where to go on.
// Runs alone: it measures memory, and a broker that gets less of the machine has more to keep.

import assert from "node:assert/strict";
import {
  LeaseServiceService,
  SessionRequest,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { Client, credentials } from "@grpc/grpc-js";
import { describeOnLinux } from "../native/support/linux-only.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import type { LeaseCaller } from "../support/lease-caller.js";
import { memoryBytes } from "../support/memory-bytes.js";
import { longLabels, WatchCaller } from "../support/watch-caller.js";

const watchCount = 200;
/** A grant and its end are two; each has 9 kB of labels, so all of them are 180 MB for each of the watches. */
const changeCount = 20_000;
/** Measured: 220 to 270 MB. What all watches share is at most 32 MB; the rest is a connection, one write for each, and garbage. */
const watchGrowthMax = 400_000_000;
const callersAtOnce = 16;

const sessionCount = 200;
/** Together 600 kB to send, and 100 MB to answer: each renewal is an error. */
const messagesPerSession = 300;
/** Measured: 320 to 510 MB; without a bound of what is under way 3 GB, and more to come. */
const sessionGrowthMax = 800_000_000;
const manyRenewals = Buffer.from(
  SessionRequest.encode(
    SessionRequest.fromPartial({
      requestNumber: 1n,
      request: {
        $case: "renewLeases",
        value: { leases: Array.from({ length: 1_000 }, () => ({})) },
      },
    }),
  ).finish(),
);

describeOnLinux("A broker with callers that do not read", () => {
  let lab: BrokerLab;
  let broker: BrokerProcess;
  let honest: LeaseCaller;

  beforeEach(async () => {
    lab = await BrokerLab.open();
    broker = await lab.start({ poolSize: 64, flags: ["--pool-quarantine", "0"] });
    honest = lab.caller(broker);
    await honest.list();
  });

  afterEach(() => lab.close());

  function report(what: string, bytes: number): void {
    console.log(`      ${Math.round(bytes / 1_000_000)} MB more for ${what}`);
  }

  it("keeps its memory within bounds under 200 watches, and tells each how to go on", async () => {
    const before = memoryBytes(broker.processId);
    const watches = Array.from({ length: watchCount }, () => new WatchCaller(lab.caller(broker)));
    await Promise.all(watches.map((watch) => watch.snapshot()));
    for (const watch of watches) watch.pause();
    let left = changeCount / 2;
    let most = 0;
    const change = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await honest.release(await honest.acquire({ holder: { labels: longLabels } }));
        if (left % 500 === 0) most = Math.max(most, memoryBytes(broker.processId) - before);
      }
    };
    await Promise.all(Array.from({ length: callersAtOnce }, change));
    report(`${watchCount} watches that do not read ${changeCount} changes`, most);
    assert.ok(most < watchGrowthMax);
    for (const watch of watches) watch.resume();
    for (const watch of watches) {
      const failure = await watch.ended;
      assert.equal(`${failure?.codeName} ${failure?.reason}`, "RESOURCE_EXHAUSTED READER_TOO_SLOW");
      const last = failure?.details.errorInfo?.metadata["last_revision"];
      assert.match(last ?? "", /^\d+$/);
    }
    const next = new WatchCaller(honest);
    await next.snapshot();
    next.cancel();
  }).timeout(300_000);

  it("keeps its memory within bounds under 200 sessions that renew and read no answer", async () => {
    const before = memoryBytes(broker.processId);
    const client = new Client(broker.address, credentials.createInsecure());
    const { path, responseDeserialize } = LeaseServiceService.session;
    const sessions = Array.from({ length: sessionCount }, () => {
      const stream = client.makeBidiStreamRequest(path, asItIs, responseDeserialize);
      stream.on("error", () => undefined);
      for (let count = 0; count < messagesPerSession; count += 1) stream.write(manyRenewals);
      return stream;
    });
    let most = 0;
    for (let count = 0; count < 100; count += 1) {
      await honest.release(await honest.acquire());
      most = Math.max(most, memoryBytes(broker.processId) - before);
    }
    report(`${sessionCount} sessions that do not read their answers`, most);
    assert.ok(most < sessionGrowthMax);
    for (const session of sessions) session.cancel();
    client.close();
    await honest.list();
    assert.ok(broker.running);
  }).timeout(300_000);
});

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
