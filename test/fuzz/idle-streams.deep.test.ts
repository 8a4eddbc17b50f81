// Thousands of streams on which nothing is said: the broker's memory stays within bounds, and others are served beside them.
// Runs alone: it measures memory, and a broker that gets less of the machine has more to keep.

import assert from "node:assert/strict";
import { describeOnLinux } from "../native/support/linux-only.js";
import { BrokerLab } from "../support/broker-lab.js";
import { memoryBytes } from "../support/memory-bytes.js";

const connections = 10;
const streamsPerConnection = 500;
/** One took 15 kB when it was measured: buffers that fill show, the mood of the garbage collector does not. */
const bytesPerStreamMax = 100_000;

describeOnLinux("A broker with 5,000 idle sessions", () => {
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  it("serves others, keeps its memory within bounds, and forgets them when they end", async () => {
    const broker = await lab.start({ flags: ["--pool-quarantine", "0"] });
    const honest = lab.caller(broker);
    await honest.list();
    const before = memoryBytes(broker.processId);
    const callers = Array.from({ length: connections }, () => lab.caller(broker));
    const sessions = callers.flatMap((caller) =>
      Array.from({ length: streamsPerConnection }, () => {
        const stream = caller.leaseClient.session();
        stream.on("error", () => undefined);
        return stream;
      }),
    );
    // Each one has reached the broker once it answered.
    await Promise.all(
      sessions.map(
        (stream) =>
          new Promise<void>((resolve) => {
            stream.once("data", () => resolve());
            stream.write({ requestNumber: 1n, request: { $case: "ping", value: {} } });
          }),
      ),
    );
    const perStream = (memoryBytes(broker.processId) - before) / sessions.length;
    console.log(
      `      ${Math.round(perStream / 1_000)} kB for each of ${sessions.length} sessions`,
    );
    assert.ok(perStream < bytesPerStreamMax);
    const { leaseId, holderKey } = await honest.acquire();
    await honest.release({ leaseId, holderKey });
    for (const caller of callers) caller.close();
    for (const stream of sessions) stream.cancel();
    await honest.list();
    assert.ok(broker.running);
  }).timeout(120_000);
});
