// Which calls are under way, and how all of them, or some, are ended.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { GatedCall } from "#server/access/gate.js";
import { BrokerError } from "#server/domain/errors.js";
import { OpenCalls, type UnaryCallback } from "#server/grpc/open-calls.js";

const origin = { thisHost: true, certificateNames: [] };

function shown(path: string): GatedCall {
  return { path, authorization: [], origin };
}

describe("OpenCalls", () => {
  let calls: OpenCalls;
  let told: string[];

  beforeEach(() => {
    calls = new OpenCalls();
    told = [];
  });

  function answerOf(name: string): UnaryCallback {
    return (error, answer) =>
      told.push(`${name}: ${error === null ? String(answer) : error.details}`);
  }

  it("answers a call once, whoever does it first", () => {
    const [a, b] = ["a", "b"].map((name) => calls.addUnary(answerOf(name), shown(name)));
    a?.(null, "done");
    a?.(null, "done again");
    calls.endAll(new BrokerError("stopping", "the end"));
    b?.(null, "too late");
    assert.deepEqual(told, ["a: done", "b: the end"]);
  });

  it("does not end the call that came after one that was answered twice", () => {
    const first = calls.addUnary(answerOf("first"), shown("first"));
    first(null, "done");
    calls.addUnary(answerOf("second"), shown("second"));
    first(null, "done again");
    calls.endAll(new BrokerError("stopping", "the end"));
    assert.deepEqual(told, ["first: done", "second: the end"]);
  });

  it("ends those that may not go on, and leaves the others", () => {
    const stream = new EventEmitter();
    stream.on("error", (error: { details: string }) => told.push(`stream: ${error.details}`));
    const answers = ["may", "may not"].map((name) => calls.addUnary(answerOf(name), shown(name)));
    calls.addStream(stream, shown("may not"));
    calls.endUnless(({ path }) => {
      if (path === "may not") throw new BrokerError("token_invalid", "who are you");
    });
    for (const answer of answers) answer(null, "done");
    assert.deepEqual(told, ["stream: who are you", "may not: who are you", "may: done"]);
  });
});
