// WatchBroker when its readers are slow, too many, or not allowed any more, when the store fails and when the broker stops.

import assert from "node:assert/strict";
import { PortState, Problem_Severity } from "@portlease/proto/portlease/v1/admin_service.js";
import { LeaseEvent_Type } from "@portlease/proto/portlease/v1/lease_event.js";
import { liveWatchersMax, unreadMsMax } from "#server/grpc/live-readers.js";
import { request as newRequest } from "../support/broker-fixture.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { fromMs } from "../support/lease-caller.js";
import { LiveCaller } from "../support/live-caller.js";
import { longLabels } from "../support/watch-caller.js";

describe("WatchBroker in trouble", () => {
  let imaginary: ImaginaryBroker;
  afterEach(() => imaginary.stop());

  const watch = (request: ConstructorParameters<typeof LiveCaller>[1] = {}): LiveCaller =>
    new LiveCaller(imaginary.caller, request);

  const pass = async (milliseconds: number): Promise<void> => {
    imaginary.clock.advance(milliseconds);
    imaginary.live.advance();
    // A picture is taken in slices.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  const comeAndGo = async (times: number): Promise<void> => {
    const { broker } = imaginary;
    const holder = { service: "orders", instance: "", labels: longLabels, process: null };
    for (let count = 0; count < times; count += 1) {
      const { lease } = await broker.acquire(newRequest({ holder }));
      await broker.release(lease.record.leaseId, lease.holderKey, false);
    }
  };

  /** Makes messages of 200 kB until the reader, which does not read, has one that waits. */
  const fillConnection = async (): Promise<void> => {
    for (let message = 0; message < 20; message += 1) {
      await comeAndGo(12);
      await pass(1_000);
    }
  };

  it("joins together what a slow reader misses, and tells how many events it was too late for", async () => {
    imaginary = await startImaginaryBroker();
    const slow = watch({ ports: true, maxEvents: 25 });
    await slow.next();
    slow.pause();
    await fillConnection();
    const kept = await imaginary.caller.acquire({ preferredPort: 20_005 });
    slow.resume();
    await eventually("it has caught up", async () => {
      await pass(1_000);
      return slow.model.revision === imaginary.broker.revision;
    });
    const { events, skippedEvents, ports } = slow.model;
    assert.equal(events.length + skippedEvents, imaginary.broker.revision);
    assert.ok(skippedEvents > 0, "some were too many");
    const last = events.at(-1)?.event;
    assert.equal(last?.$case, "lease");
    assert.equal(last.value.lease?.leaseId, kept.leaseId);
    assert.equal(ports.get("default/20005"), PortState.PORT_STATE_LEASED);
    assert.equal([...ports.values()].filter((state) => state !== 1).length, 1);
    slow.cancel();
  });

  it("ends a reader that has not read its last message for long, and nobody else", async () => {
    imaginary = await startImaginaryBroker();
    const slow = watch({ maxEvents: 25 });
    const quick = watch();
    await slow.next();
    await quick.next();
    slow.pause();
    await fillConnection();
    assert.equal(imaginary.live.size, 2);
    await pass(unreadMsMax + 1_000);
    assert.equal(imaginary.live.size, 1);
    slow.resume();
    const failure = await slow.ended;
    assert.equal(failure?.codeName, "RESOURCE_EXHAUSTED");
    assert.equal(failure.reason, "READER_TOO_SLOW");
    await pass(1_000);
    await eventually("the quick one is up to date", () => quick.model.revision > 0);
    quick.cancel();
  });

  it("refuses more readers than it serves at once, until one of them goes", async () => {
    imaginary = await startImaginaryBroker();
    const readers = Array.from({ length: liveWatchersMax }, () => watch());
    await Promise.all(readers.map((reader) => reader.next()));
    const failure = await watch().ended;
    assert.equal(failure?.codeName, "RESOURCE_EXHAUSTED");
    assert.equal(failure.reason, "TOO_MANY_WATCHERS");
    const [first, ...others] = readers;
    first?.cancel();
    await eventually("one is gone", () => imaginary.live.size === liveWatchersMax - 1);
    const next = watch();
    await next.next();
    for (const reader of [next, ...others]) reader.cancel();
    await eventually("all are gone", () => imaginary.live.size === 0);
  });

  for (const [what, request, field] of [
    ["too short an interval", { interval: fromMs(99) }, "interval"],
    ["too long an interval", { interval: fromMs(60_001) }, "interval"],
    ["more events than are kept", { maxEvents: 1_001 }, "max_events"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      imaginary = await startImaginaryBroker();
      const failure = await watch(request).ended;
      assert.equal(failure?.codeName, "INVALID_ARGUMENT");
      assert.match(failure.text, new RegExp(field));
    });
  }

  it("ends with the reason when the broker stops, and begins none after that", async () => {
    imaginary = await startImaginaryBroker();
    const live = watch();
    await live.next();
    imaginary.live.stop();
    const failure = await live.ended;
    assert.equal(failure?.codeName, "UNAVAILABLE");
    assert.equal(failure.reason, "STOPPING");
    assert.equal((await watch().ended)?.reason, "STOPPING");
  });

  it("goes on while the store cannot write, and says so", async () => {
    imaginary = await startImaginaryBroker();
    const live = watch({ maxEvents: 5 });
    await live.next();
    imaginary.publish({ type: "store_failed", reason: "the disk is full" });
    await pass(1_000);
    const { events } = await live.next();
    const [told] = events;
    assert.equal(told?.event?.$case, "notice");
    assert.equal(told.event.value.reason, "STORE_FAILED");
    assert.equal(told.event.value.severity, Problem_Severity.SEVERITY_CRITICAL);
    live.cancel();
  });

  it("keeps the latest of many events", async () => {
    imaginary = await startImaginaryBroker();
    const live = watch({ maxEvents: 3 });
    await live.next();
    await comeAndGo(5);
    await pass(1_000);
    const { events, skippedEvents } = await live.next();
    assert.equal(skippedEvents, 7);
    assert.deepEqual(
      events.map(({ event }) => (event?.$case === "lease" ? event.value.type : null)),
      [LeaseEvent_Type.TYPE_ENDED, LeaseEvent_Type.TYPE_GRANTED, LeaseEvent_Type.TYPE_ENDED],
    );
    live.cancel();
  });

  it("tells the broker anew when its problems have changed", async () => {
    imaginary = await startImaginaryBroker();
    const live = watch();
    assert.deepEqual((await live.next()).broker?.problems, []);
    await imaginary.broker.acquire(newRequest({ portCount: 4 }));
    await imaginary.broker.acquire(newRequest({ portCount: 4 }));
    await pass(1_000);
    const { broker } = await live.next();
    assert.deepEqual(
      broker?.problems.map(({ reason }) => reason),
      ["POOL_FULL"],
    );
    live.cancel();
  });
});
