// Unary calls whose callers do not wait: deadlines, and connections that end.

import type { CallerSignal } from "#server/domain/caller-signal.js";
import assert from "node:assert/strict";
import type { ServerUnaryCall } from "@grpc/grpc-js";
import { unary } from "#server/grpc/handler.js";
import { stopping } from "#server/domain/refusals.js";
import { timeoutOf } from "#server/http/method-request.js";
import type { ConnectErrorBody } from "../../support/http-caller.js";
import { HttpLab } from "../../support/http-lab.js";
import { silentLog } from "../../support/silent-log.js";

describe("a unary call by HTTP", () => {
  let lab: HttpLab;
  let signals: CallerSignal[];
  let called: () => void;
  const reached = (): Promise<void> => new Promise((resolve) => (called = resolve));

  beforeEach(async () => {
    signals = [];
    called = () => undefined;
    // One that never answers by itself, as an acquire that waits in line.
    const acquireLease = unary<never, never>(silentLog, "AcquireLease", (_request, { signal }) => {
      signals.push(signal);
      called();
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("nobody waits for it")));
      });
    });
    const fail = (_call: ServerUnaryCall<never, never>): never => {
      throw new Error("planted-secret");
    };
    lab = await HttpLab.start({
      lease: { acquireLease: acquireLease as never, getLease: fail as never },
      timeouts: { stopGraceMs: 100 },
    });
  });

  afterEach(() => lab.stop());

  it("ends at its deadline, and is not worked on any more", async () => {
    const answer = await lab.caller.call(
      "LeaseService/AcquireLease",
      {},
      { "connect-timeout-ms": "30" },
    );
    assert.equal(answer.status, 504);
    assert.equal((JSON.parse(answer.text) as ConnectErrorBody).code, "deadline_exceeded");
    assert.equal(signals[0]?.aborted, true);
  });

  it("waits as long as its caller does, and no longer than a timer of Node can", () => {
    const within = (text: string): number | null =>
      timeoutOf({ headers: { "connect-timeout-ms": text } } as never);
    // A timer that is set later fires at once.
    assert.deepEqual([within("30"), within("9999999999")], [30, 2_147_483_647]);
  });

  it("is not worked on when its caller has gone", async () => {
    const socket = await lab.connect();
    const begun = reached();
    socket.write(
      "POST /portlease.v1.LeaseService/AcquireLease HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    );
    await begun;
    const [signal = assert.fail("no call")] = signals;
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", resolve));
    socket.destroy();
    await aborted;
  });

  it("is answered when all calls are ended, and the broker need not wait for it", async () => {
    const begun = reached();
    const answer = lab.caller.call("LeaseService/AcquireLease");
    await begun;
    const stopped = lab.server.stop();
    lab.guarded.endAll(stopping());
    const { status, headers, text } = await answer;
    assert.equal(status, 503);
    assert.equal(headers.connection, "close");
    assert.match(text, /"STOPPING"/);
    await stopped;
  });

  it("that outlives the stop is told so before its connection is cut", async () => {
    const begun = reached();
    const answer = lab.caller.call("LeaseService/AcquireLease");
    await begun;
    const stopped = lab.server.stop();
    assert.match((await answer).text, /"STOPPING"/);
    await stopped;
  });

  it("that fails for a fault of the broker's says no more than that", async () => {
    const { status, text } = await lab.caller.call("LeaseService/GetLease");
    assert.equal(status, 500);
    assert.match(text, /"internal"/);
    assert.doesNotMatch(text, /planted-secret/);
  });
});
