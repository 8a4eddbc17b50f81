// How calls are counted, with calls that are no more than what the counters listen to.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { status } from "@grpc/grpc-js";
import { LeaseServiceService } from "@portlease/proto/portlease/v1/lease_service.js";
import { endWhenAnswered, endWithStream } from "#server/grpc/call-ends.js";
import { codeNames, RpcCounters } from "#server/grpc/rpc-counters.js";
import { FakeClock } from "../support/fake-clock.js";

describe("counted calls", () => {
  let clock: FakeClock;
  let counters: RpcCounters;
  beforeEach(() => {
    clock = new FakeClock();
    counters = new RpcCounters(clock);
  });

  const unaryMethod = () => counters.of(LeaseServiceService.acquireLease);
  const streamMethod = () => counters.of(LeaseServiceService.watchLeases);

  it("know their method by service, name and type", () => {
    const { service, method, type } = unaryMethod();
    assert.deepEqual(
      [service, method, type],
      ["portlease.v1.LeaseService", "AcquireLease", "unary"],
    );
    assert.equal(streamMethod().type, "server_stream");
    assert.equal(counters.of(LeaseServiceService.session).type, "bidi_stream");
  });

  it("are counted when they begin, and by their code when they are answered, once", () => {
    const answers: unknown[] = [];
    const answer = endWhenAnswered((error) => answers.push(error), unaryMethod().begin());
    assert.equal(unaryMethod().started, 1);
    assert.equal(unaryMethod().handled[status.OK], 0);
    clock.advance(3);
    answer(null, {});
    answer({ code: status.NOT_FOUND });
    endWhenAnswered(() => undefined, unaryMethod().begin())({ code: status.RESOURCE_EXHAUSTED });
    assert.equal(unaryMethod().started, 2);
    assert.equal(unaryMethod().handled[status.OK], 1);
    assert.equal(unaryMethod().handled[status.NOT_FOUND], 0);
    assert.equal(unaryMethod().handled[status.RESOURCE_EXHAUSTED], 1);
    assert.equal(unaryMethod().duration.sumMs, 3);
    assert.equal(answers.length, 2);
  });

  for (const [told, code] of [
    [["error", "close"], status.UNAVAILABLE],
    [["finish", "close", "cancelled"], status.OK],
    [["close"], status.OK],
    [["cancelled", "close"], status.CANCELLED],
  ] as const) {
    it(`that are streams and say ${told.join(", then ")} ended with ${codeNames[code]}`, () => {
      const call = new EventEmitter();
      endWithStream(call, streamMethod().begin());
      for (const event of told) call.emit(event, { code: status.UNAVAILABLE });
      const handled = codeNames.map((_, number) => (number === code ? 1 : 0));
      assert.deepEqual(streamMethod().handled, handled);
    });
  }

  it("that end with a code which there is not are unknown", () => {
    endWhenAnswered(() => undefined, unaryMethod().begin())({ code: 99 as status });
    assert.equal(unaryMethod().handled[status.UNKNOWN], 1);
  });

  it("have a name for every code of gRPC", () => {
    const numbers = Object.values(status).filter((value) => typeof value === "number");
    assert.deepEqual(
      numbers,
      codeNames.map((_, number) => number),
    );
  });
});
