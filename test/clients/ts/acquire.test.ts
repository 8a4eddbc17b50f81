// Acquiring over real gRPC from a scripted broker, on fake time: what is asked, retrying, giving up, the deadline.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { status } from "@grpc/grpc-js";
import { LeaseClient } from "@portlease/client";
import { Protocol } from "@portlease/proto/portlease/v1/common.js";
import { eventually } from "../../support/eventually.js";
import { clientLabs, failure, nextLost } from "./support/client-lab.js";
import { refusal } from "./support/fake-lease-service.js";
import { labOptions } from "./support/lab-options.js";

describe("LeaseClient.acquire()", () => {
  const lab = clientLabs();

  it("asks for one TCP port of the default pool, in the name of this process", async () => {
    const { client, service } = lab();
    await client.acquire();
    const [request] = service.acquires;
    assert.equal(request?.pool, "");
    assert.equal(request?.protocol, Protocol.PROTOCOL_TCP);
    assert.equal(request?.holder?.process?.processId, process.pid);
    assert.equal(request?.ttl, undefined);
    assert.match(request?.requestId ?? "", /^[0-9a-f-]{36}$/);
  });

  it("sends every option", async () => {
    const { client, service } = lab();
    await client.acquire({
      service: "orders",
      instance: "2",
      labels: { tier: "gold" },
      pool: "web",
      protocol: "tcp-and-udp",
      portCount: 3,
      preferredPort: 20_002,
      preferredPortMode: "must",
      ttlMs: 12_500,
      bindWithinMs: 60_000,
      maxWaitMs: 1_500,
      requestId: "mine",
      claimProcess: false,
    });
    const [request] = service.acquires;
    assert.deepEqual(
      { ...request, holder: { ...request?.holder, labels: { ...request?.holder?.labels } } },
      {
        pool: "web",
        protocol: Protocol.PROTOCOL_TCP_AND_UDP,
        portCount: 3,
        preferredPort: 20_002,
        portPreference: 2,
        ttl: { seconds: 12n, nanos: 500_000_000 },
        holder: {
          service: "orders",
          instance: "2",
          labels: { tier: "gold" },
          process: undefined,
        },
        bindWithin: { seconds: 60n, nanos: 0 },
        maxWait: { seconds: 1n, nanos: 500_000_000 },
        requestId: "mine",
        validateOnly: false,
      },
    );
  });

  it("refuses to insist on a port that is not named, before it asks the broker", async () => {
    const { client, service } = lab();
    await assert.rejects(client.acquire({ preferredPortMode: "must" }), {
      reason: "OPTION_INVALID",
      message: /"preferredPortMode" is must; give also the option "preferredPort"/,
    });
    assert.equal(service.acquires.length, 0);
  });

  it("asks without naming this process when the broker sees another one, as from a container, and from then on at once", async () => {
    const { client, service, said } = lab();
    service.onAcquire = (request) =>
      request.holder?.process === undefined ? service.grant(request) : notYourProcess();
    await client.acquire();
    await client.acquire();
    assert.deepEqual(
      service.acquires.map(({ holder }) => holder?.process?.processId),
      [process.pid, undefined, undefined],
    );
    const [first, second] = service.acquires;
    assert.equal(first?.requestId, second?.requestId);
    await said("sees another process", 1);
  });

  it("insists on the process that the application wants named", async () => {
    const { client, service } = lab();
    service.onAcquire = notYourProcess;
    const refused = await failure(client.acquire({ claimProcess: true }));
    assert.equal(refused.reason, "NOT_YOUR_PROCESS");
    assert.equal(service.acquires.length, 1);
  });

  it("does not ask a third time when it is refused without naming a process too", async () => {
    const { client, service } = lab();
    service.onAcquire = notYourProcess;
    assert.equal((await failure(client.acquire())).reason, "NOT_YOUR_PROCESS");
    assert.equal(service.acquires.length, 2);
  });

  it("returns the lease with its facts", async () => {
    const { client } = lab();
    const lease = await client.acquire({ portCount: 2 });
    assert.equal(lease.port, 20_001);
    assert.deepEqual(lease.ports, [20_001, 20_002]);
    assert.equal(lease.generation, 7n);
    assert.equal(lease.ttlMs, 30_000);
    assert.equal(lease.pool, "default");
    assert.equal(lease.protocol, "tcp");
    assert.equal(lease.holderKey, "key-2");
    assert.equal(lease.state, "safe");
  });

  it("leases many at once without a word of warning", async () => {
    const { client, service } = lab();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    const leases = await Promise.all(Array.from({ length: 30 }, () => client.acquire()));
    await eventually("the first renewal", () => service.renewals.length > 0);
    process.off("warning", onWarning);
    assert.equal(new Set(leases.map(({ leaseId }) => leaseId)).size, 30);
    assert.deepEqual(warnings, []);
  });

  it("refuses options that no message can carry, by their name", async () => {
    const { client, service } = lab();
    for (const options of [
      { portCount: 0 },
      { preferredPort: 1.5 },
      { preferredPort: 65_536 },
      { ttlMs: -1 },
      { maxWaitMs: Number.NaN },
      { acquireTimeoutMs: Infinity },
    ]) {
      const error = await failure(client.acquire(options));
      assert.equal(error.reason, "OPTION_INVALID");
      assert.match(error.message, new RegExp(Object.keys(options)[0] ?? "?"));
    }
    assert.equal(service.acquires.length, 0);
  });

  it("passes on why the broker refuses, at once", async () => {
    const { client, service } = lab();
    service.onAcquire = () => refusal(status.RESOURCE_EXHAUSTED, "POOL_FULL", 2_000);
    const error = await failure(client.acquire());
    assert.equal(error.code, "RESOURCE_EXHAUSTED");
    assert.equal(error.reason, "POOL_FULL");
    assert.equal(error.retryDelayMs, 2_000);
    assert.equal(service.acquires.length, 1);
  });

  it("tries again while the store is unavailable, with the same request_id", async () => {
    const { client, said, service, time } = lab();
    const refused = refusal(status.UNAVAILABLE, "STORE_UNAVAILABLE", 700);
    service.onAcquire = (request) =>
      service.acquires.length < 3 ? refused : service.grant(request);
    const acquiring = client.acquire();
    await said("trying again", 1);
    time.advance(699);
    assert.equal(time.waitingCount, 1, "still waiting: the broker asked for 700 ms");
    time.advance(1);
    await said("trying again", 2);
    time.advance(700);
    await acquiring;
    const ids = new Set(service.acquires.map(({ requestId }) => requestId));
    assert.equal(service.acquires.length, 3);
    assert.equal(ids.size, 1);
  });

  it("waits for a broker that is not there yet (semantics 30)", async () => {
    const { client, said, service, time } = lab();
    service.stop();
    const acquiring = client.acquire({ acquireTimeoutMs: 2_000_000 });
    await said("trying again", 1);
    await service.start();
    const lease = await eventually("the lease", async () => {
      time.advance(200);
      return Promise.race([acquiring, new Promise<null>((done) => setImmediate(done, null))]);
    });
    assert.equal(lease.port, 20_001);
  });

  it("gives up after acquireTimeoutMs and says what to do", async () => {
    const { client, said, service, time } = lab();
    service.stop();
    const failing = failure(client.acquire({ acquireTimeoutMs: 60 }));
    await said("trying again", 1);
    time.advance(50);
    const error = await failing;
    assert.equal(error.reason, "BROKER_UNREACHABLE");
    assert.match(error.message, new RegExp(`${service.address}.*portlease serve`));
  });

  it("gives up on a broker that does not answer, and cancels the call", async () => {
    const { client, service, time } = lab();
    service.onAcquire = () => null;
    const failing = failure(client.acquire({ acquireTimeoutMs: 5_000, maxWaitMs: 2_000 }));
    await eventually("the call", () => service.acquires.length === 1);
    time.advance(6_999);
    assert.equal(time.waitingCount, 1, "still waiting: the time in line comes on top");
    time.advance(1);
    const error = await failing;
    assert.equal(error.code, "DEADLINE_EXCEEDED");
    assert.equal(error.reason, "BROKER_TIMEOUT");
    await eventually("the cancellation", () => service.cancelledAcquires === 1);
    assert.equal(time.waitingCount, 0);
  });

  it("gives up when its AbortSignal fires: before, during a call, between two tries", async () => {
    const { client, service, time } = lab();
    const why = new Error("enough");
    const before = await failure(client.acquire({ signal: AbortSignal.abort(why) }));
    assert.equal(before.reason, "CALL_ABORTED");
    assert.equal(before.cause, why);
    assert.equal(service.acquires.length, 0);

    service.onAcquire = () => null;
    const during = new AbortController();
    const failing = failure(client.acquire({ signal: during.signal }));
    await eventually("the call", () => service.acquires.length === 1);
    during.abort(why);
    assert.equal((await failing).code, "CANCELLED");
    await eventually("the cancellation", () => service.cancelledAcquires === 1);

    service.onAcquire = () => refusal(status.UNAVAILABLE, "STORE_UNAVAILABLE");
    const between = new AbortController();
    const pausing = failure(client.acquire({ signal: between.signal }));
    await eventually("the refusal", () => service.acquires.length === 2 && time.waitingCount === 1);
    between.abort(why);
    assert.equal((await pausing).reason, "CALL_ABORTED");
    assert.equal(time.waitingCount, 0);
  });

  it("does not believe a grant that the API does not allow", async () => {
    const { client, service } = lab();
    for (const [field, value] of [
      ["leaseId", ""],
      ["port", 0],
      ["portCount", 65_536],
      ["ttl", undefined],
      ["protocol", 9],
    ] as const) {
      service.onAcquire = (request) => {
        const grant = service.grant(request);
        return { ...grant, lease: { ...grant.lease, [field]: value } as typeof grant.lease };
      };
      const error = await failure(client.acquire());
      assert.equal(error.reason, "BROKER_ANSWER_INVALID", field);
    }
  });

  it("sends the token with calls and session, and shows it nowhere", async () => {
    const { service, time } = lab();
    const withToken = new LeaseClient({ ...labOptions(service, time), token: "t0p-secret" });
    const lease = await withToken.acquire();
    await eventually("the session", () => service.metadata.length === 2);
    for (const metadata of service.metadata) {
      assert.deepEqual(metadata.get("authorization"), ["Bearer t0p-secret"]);
    }
    const shown = inspect(withToken, { depth: 20, showHidden: true, getters: true });
    assert.doesNotMatch(shown, /t0p-secret/);
    await lease.release();
    await withToken.close();
  });
});

describe("the deadline of a lease", () => {
  const lab = clientLabs();

  it("counts from the sending of the request plus the wait in line plus the TTL", async () => {
    const { client, service, time } = lab();
    service.onRenew = () => ({ ttl: undefined, error: refusal(status.UNAVAILABLE, "X") });
    service.onAcquire = (request) => {
      // The answer takes 9 s; the broker says that 4 s of it were spent in line.
      time.pass(9_000);
      return { ...service.grant(request), waitDuration: { seconds: 4n, nanos: 0 } };
    };
    const sentAtMs = time.monotonicMs();
    const lease = await client.acquire({ maxWaitMs: 10_000 });
    const lostAtMs = sentAtMs + 4_000 + 30_000 - 320;
    time.advance(lostAtMs - time.monotonicMs() - 1);
    assert.equal(lease.state, "jeopardy");
    time.advance(1);
    assert.equal(lease.state, "lost");
  });

  it("refuses a grant whose answer took nearly the whole TTL", async () => {
    const { client, service, time } = lab();
    service.onAcquire = (request) => {
      time.pass(29_700);
      return service.grant(request);
    };
    assert.equal((await failure(client.acquire())).reason, "LEASE_LOST");
    assert.equal(time.waitingCount, 0);
  });

  it("asks the broker at once about a grant whose answer came after it, since this process slept", async () => {
    const { client, service, time } = lab();
    service.onAcquire = (request) => {
      time.pass(60_000);
      return service.grant(request);
    };
    // Longer than the pause: only the lease's own TTL is to run out.
    const lease = await client.acquire({ acquireTimeoutMs: 100_000 });
    assert.equal(lease.state, "jeopardy");
    await eventually("the answer", () => lease.state === "safe");
  });

  it("names the last failure when it passes", async () => {
    const { client, service, time } = lab();
    const lease = await client.acquire();
    await eventually("the first renewal", () => service.renewals.length === 1);
    service.onRenew = () => ({ ttl: undefined, error: refusal(status.UNAVAILABLE, "DISK_FULL") });
    const lost = nextLost(lease);
    await eventually("jeopardy", () => {
      time.advance(1_000);
      return lease.state === "jeopardy";
    });
    time.advance(10_000);
    const { reason, message } = await lost;
    assert.equal(reason, "DEADLINE_PASSED");
    assert.match(message, /no renewal came through.*the last try failed: DISK_FULL/);
  });
});

function notYourProcess(): ReturnType<typeof refusal> {
  return refusal(status.PERMISSION_DENIED, "NOT_YOUR_PROCESS");
}
