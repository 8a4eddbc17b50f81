// Server-sent events, in whatever pieces the network brings them.

import assert from "node:assert/strict";
import { EventStreamParser } from "#dashboard/api/event-stream-parser.js";

describe("the parser of server-sent events", () => {
  it("reads a message", () => {
    assert.deepEqual(new EventStreamParser().push('data: {"a":1}\n\n'), [
      { type: "message", data: '{"a":1}' },
    ]);
  });

  it("reads the same from any two pieces", () => {
    const text =
      ': alive\n\nevent: error\r\ndata: {"code":"unavailable"}\r\n\r\ndata: x\ndata: y\n\n';
    const whole = new EventStreamParser().push(text);
    assert.deepEqual(whole, [
      { type: "error", data: '{"code":"unavailable"}' },
      { type: "message", data: "x\ny" },
    ]);
    for (let cut = 1; cut < text.length; cut += 1) {
      const parser = new EventStreamParser();
      const events = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
      assert.deepEqual(events, whole, `cut after ${cut}`);
    }
  });

  it("says nothing of comments and of events without data", () => {
    assert.deepEqual(new EventStreamParser().push(": alive\n\nevent: ping\n\nid: 7\n\n"), []);
  });

  it("holds back what is not complete", () => {
    const parser = new EventStreamParser();
    assert.deepEqual(parser.push("data: x\n"), []);
    assert.deepEqual(parser.push("\n"), [{ type: "message", data: "x" }]);
  });
});
