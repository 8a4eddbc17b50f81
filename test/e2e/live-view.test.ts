// Live views of a real broker, on real time: changes as they come, a thousand ports, tokens that end, and the broker's stop.

import assert from "node:assert/strict";
import {
  GetUsageHistoryRequest,
  ListPortsRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { AccessFiles, replaceFile } from "../support/access-lab.js";
import { eventually } from "../support/eventually.js";
import { fromMs, LeaseCaller, unary } from "../support/lease-caller.js";
import { LiveCaller, portsOf } from "../support/live-caller.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { temporaryDirectories } from "../support/temporary-directory.js";

describe("A live view of a real broker", function () {
  // Holding a thousand ports takes some seconds on a busy machine.
  this.timeout(120_000);
  const newDirectory = temporaryDirectories();
  let broker: TestBroker;
  const callers: LeaseCaller[] = [];

  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.close();
    await broker.dispose();
  });

  function callerOf(token: string | null = null): LeaseCaller {
    const caller = new LeaseCaller(broker.address, token);
    callers.push(caller);
    return caller;
  }

  const list = ({ adminClient }: LeaseCaller) =>
    unary(adminClient.listPorts.bind(adminClient), ListPortsRequest.fromPartial({}));

  it("follows a thousand ports while leases come and go", async () => {
    broker = await startTestBroker({ size: 1_000, sizeMax: 1_000, quarantineMs: 60_000 });
    const caller = callerOf();
    const live = new LiveCaller(caller, { interval: fromMs(100), ports: true, maxEvents: 1_000 });
    await live.next();
    assert.equal(live.model.ports.size, 1_000);
    for (let round = 0; round < 20; round += 1) {
      const leases = await Promise.all(
        Array.from({ length: 10 }, () => caller.acquire({ portCount: 2 })),
      );
      await Promise.all(leases.slice(5).map((lease) => caller.release(lease)));
    }
    const { runs, revision } = await list(caller);
    await eventually("everything is told", () => live.model.revision >= Number(revision));
    assert.deepEqual(live.model.ports, portsOf(runs));
    const { events, skippedEvents, pools } = live.model;
    assert.equal(skippedEvents, 0);
    const types = events.map(({ event }) => (event?.$case === "lease" ? event.value.type : null));
    const count = (wanted: LeaseEvent_Type): number =>
      types.filter((type) => type === wanted).length;
    assert.equal(count(LeaseEvent_Type.TYPE_GRANTED), 200);
    assert.equal(count(LeaseEvent_Type.TYPE_ENDED), 100);
    const usage = pools.get("default")?.usage;
    assert.deepEqual([usage?.leased, usage?.quarantined], [200, 200]);
    live.cancel();
  });

  it("gives signs of life, and the first sample of the pool's use", async () => {
    broker = await startTestBroker();
    const caller = callerOf();
    const live = new LiveCaller(caller, { interval: fromMs(100) });
    for (let count = 0; count < 4; count += 1) await live.next();
    const { adminClient } = caller;
    const history = adminClient.getUsageHistory.bind(adminClient);
    const { samples } = await unary(history, GetUsageHistoryRequest.fromPartial({}));
    assert.equal(samples[0]?.usage?.total, 16);
    live.cancel();
  });

  it("ends with the token that it was begun with, and no other does", async () => {
    const files = new AccessFiles(newDirectory());
    const [ending, lasting] = ["e".repeat(40), "l".repeat(40)] as const;
    const tokens = [
      files.token("ending", "viewer", ending),
      files.token("lasting", "viewer", lasting),
    ] as const;
    broker = await startTestBroker({}, { requireToken: true, tokens });
    const [first, second] = [ending, lasting].map(
      (token) => new LiveCaller(callerOf(token), { interval: fromMs(100) }),
    ) as [LiveCaller, LiveCaller];
    await Promise.all([first.next(), second.next()]);
    replaceFile(tokens[0].file, `${"n".repeat(40)}\n`);
    assert.equal((await first.ended)?.codeName, "UNAUTHENTICATED");
    const { messages } = second;
    await eventually("the other one goes on", () => second.messages > messages + 2);
    second.cancel();
  });

  it("ends at once when the broker stops", async () => {
    broker = await startTestBroker();
    const live = new LiveCaller(callerOf(), { interval: fromMs(60_000) });
    await live.next();
    await broker.stop("the test asks for it");
    const failure = await live.ended;
    assert.equal(failure?.codeName, "UNAVAILABLE");
    assert.equal(failure.reason, "STOPPING");
  });
});
