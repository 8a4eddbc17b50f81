// Waiting in line over real gRPC: unary calls, sessions, the client library and the command line against one small pool.

import assert from "node:assert/strict";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { LeaseClient } from "#client/index.js";
import {
  AcquireLeaseRequest,
  AcquireLeaseRequest_PortPreference as PortPreference,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { finished, runCli, startCli } from "../support/cli.js";
import { eventually } from "../support/eventually.js";
import { type Acquired, fromMs, LeaseCaller, toMs } from "../support/lease-caller.js";
import { failureOf } from "../support/rpc-failure.js";
import { startTestBroker, type TestBroker } from "../support/running-broker.js";
import { SessionCaller } from "../support/session-caller.js";
import { noteSecret } from "../support/test-output.js";

const ttl = fromMs(600_000);
const wait = fromMs(8_000);

describe("Waiting in line over real gRPC", () => {
  let broker: TestBroker;
  let caller: LeaseCaller;
  let held: Acquired;

  beforeEach(async () => {
    broker = await startTestBroker({ size: 1, sizeMax: 1 });
    caller = new LeaseCaller(broker.address);
    held = await caller.acquire({ ttl });
  });

  afterEach(async () => {
    caller.close();
    await broker.dispose();
  });

  function waiters(count: number): Promise<boolean> {
    return eventually(`${count} in line`, () => broker.waiterCount() === count);
  }

  it("gets the port when its lease is released, and says how long that took", async () => {
    const second = caller.acquire({ maxWait: wait, ttl, bindWithin: fromMs(30_000) });
    await waiters(1);
    await caller.release(held);
    const lease = await second;
    assert.equal(lease.port, held.port);
    assert.ok(lease.waitMs > 0);
    assert.equal(toMs(lease.lease.bindWithin), 30_000);
    assert.ok(lease.generation > held.generation);
  });

  it("leaves the line at once when the call's deadline is shorter than the wait", async () => {
    const error = await new Promise<ServiceError | null>((resolve) => {
      const request = AcquireLeaseRequest.fromPartial({ maxWait: wait, ttl });
      const options = { deadline: Date.now() + 200 };
      caller.leaseClient.acquireLease(request, new Metadata(), options, (failure) =>
        resolve(failure),
      );
    });
    assert.equal(error?.code, status.DEADLINE_EXCEEDED);
    await waiters(0);
    await caller.release(held);
    // Nobody who is gone got it.
    assert.equal((await caller.acquire({ ttl })).port, held.port);
  });

  it("leaves the line when the caller cancels", async () => {
    const abort = new AbortController();
    const failing = failureOf(caller.acquire({ maxWait: wait }, { signal: abort.signal }));
    await waiters(1);
    abort.abort();
    assert.equal((await failing).code, status.CANCELLED);
    await waiters(0);
  });

  it("refuses with the usual error when the time is over", async () => {
    const failure = await failureOf(caller.acquire({ maxWait: fromMs(50) }));
    assert.equal(failure.reason, "POOL_FULL");
    assert.ok(Number(failure.details.errorInfo?.metadata["waited_ms"]) >= 50);
    const mustHave = {
      preferredPort: held.port,
      portPreference: PortPreference.PORT_PREFERENCE_MUST,
    };
    const other = await failureOf(caller.acquire({ maxWait: fromMs(50), ...mustHave }));
    assert.equal(other.reason, "PORT_LEASED");
    assert.ok(Number(other.details.errorInfo?.metadata["waited_ms"]) >= 50);
  });

  it("refuses times to wait and to stay unbound that are out of bounds, by field", async () => {
    const calls = {
      max_wait: () => caller.acquire({ maxWait: fromMs(3_601_000) }),
      bind_within: () => caller.acquire({ bindWithin: fromMs(999) }),
    };
    for (const [field, call] of Object.entries(calls)) {
      const failure = await failureOf(call());
      assert.deepEqual(
        [failure.code, failure.reason, failure.details.errorInfo?.metadata["field"]],
        [status.INVALID_ARGUMENT, "FIELD_INVALID", field],
      );
    }
  });

  it("is over when the broker stops", async () => {
    const failing = failureOf(caller.acquire({ maxWait: wait }));
    await waiters(1);
    await broker.stop("the test says so");
    assert.equal((await failing).reason, "STOPPING");
  });

  it("goes on with renewals of a session of which 300 acquires wait", async () => {
    const session = new SessionCaller(caller);
    const acquire = { $case: "acquireLease", value: { maxWait: wait, ttl } } as const;
    const waiting = Array.from({ length: 300 }, () => session.ask(acquire));
    await waiters(300);
    const leases = [{ leaseId: held.leaseId, holderKey: held.holderKey }];
    const renewed = await session.tell({ $case: "renewLeases", value: { leases } }, "renewLeases");
    assert.equal(renewed.leases[0]?.error, undefined);
    await caller.release(held);
    const first = await Promise.race(waiting);
    assert.equal(first.$case, "acquireLease");
    const rest = Promise.allSettled(waiting);
    session.cancel();
    await rest;
    await waiters(0);
  });

  it("refuses a session more acquires that wait than it may have, and answers the others", async () => {
    const session = new SessionCaller(caller);
    const acquire = { $case: "acquireLease", value: { maxWait: wait, ttl } } as const;
    const waiting = Promise.allSettled(Array.from({ length: 1_000 }, () => session.ask(acquire)));
    const failure = await failureOf(session.tell(acquire, "acquireLease"));
    assert.deepEqual(
      [failure.reason, failure.details.errorInfo?.metadata["waiters_max"]],
      ["LINE_FULL", "1000"],
    );
    assert.equal((await session.ask({ $case: "ping", value: {} })).$case, "pong");
    session.cancel();
    await waiting;
  });

  it("is the client library's maxWaitMs", async () => {
    const client = new LeaseClient({ address: broker.address, releaseOnSignals: false });
    try {
      const acquiring = client.acquire({
        maxWaitMs: 8_000,
        bindWithinMs: 60_000,
        // What comes on top is next to nothing.
        acquireTimeoutMs: 1,
      });
      await waiters(1);
      await caller.release(held);
      const lease = await acquiring;
      assert.equal(lease.port, held.port);
      assert.equal(toMs((await caller.get(lease.leaseId)).bindWithin), 60_000);
    } finally {
      await client.close();
    }
  });

  it("ends with the client library's AbortSignal", async () => {
    const client = new LeaseClient({ address: broker.address, releaseOnSignals: false });
    try {
      const abort = new AbortController();
      const acquiring = client.acquire({ maxWaitMs: 8_000, signal: abort.signal });
      const rejected = assert.rejects(acquiring, { code: "CANCELLED", reason: "CALL_ABORTED" });
      await waiters(1);
      abort.abort();
      await rejected;
      await waiters(0);
      await caller.release(held);
      assert.equal((await caller.acquire({ ttl })).port, held.port);
    } finally {
      await client.close();
    }
  });

  it("is the command line's --max-wait", async () => {
    const environment = { PORTLEASE_ADDRESS: broker.address };
    const tooShort = await runCli(["acquire", "--max-wait", "50ms"], { environment });
    assert.match(tooShort.stderr, /POOL_FULL/);
    const words = ["acquire", "--max-wait", "8s", "--bind-within", "30s", "--json"];
    const child = startCli(words, { environment, record: "stderr" });
    const done = finished(child);
    await waiters(1);
    await caller.release(held);
    const { exitCode, stdout, stderr } = await done;
    assert.equal(exitCode, 0, stderr);
    interface Printed {
      readonly holderKey: string;
      readonly lease: { readonly port: number; readonly bindWithin: string };
    }
    const { lease, holderKey } = JSON.parse(stdout) as Printed;
    noteSecret(holderKey);
    assert.deepEqual([lease.port, lease.bindWithin], [held.port, "30s"]);
  });
});
