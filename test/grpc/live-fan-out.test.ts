// Many readers of one live view: what they are all sent is made once.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import {
  WatchBrokerRequest,
  type WatchBrokerResponse,
} from "@portlease/proto/portlease/v1/admin_service.js";
import type { LiveCall } from "#server/grpc/live-watch.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";

class Reader extends EventEmitter {
  readonly request: WatchBrokerRequest;
  readonly cancelled = false;
  readonly destroyed = false;
  readonly writableEnded = false;
  readonly messages: WatchBrokerResponse[] = [];

  constructor(maxEvents: number) {
    super();
    this.request = WatchBrokerRequest.fromPartial({ ports: true, maxEvents });
  }

  write(message: WatchBrokerResponse, taken: () => void): boolean {
    this.messages.push(message);
    taken();
    return true;
  }
}

describe("Readers of one live view", () => {
  let imaginary: ImaginaryBroker;

  beforeEach(async () => {
    imaginary = await startImaginaryBroker();
  });

  afterEach(() => imaginary.stop());

  const read = (maxEvents: number): Reader => {
    const reader = new Reader(maxEvents);
    imaginary.live.serve(reader as unknown as LiveCall);
    return reader;
  };

  it("get the same message where they saw the same before and ask for the same", async () => {
    const [first, second, quiet] = [read(10), read(10), read(0)];
    const all = [first, second, quiet];
    const have = (count: number) => () => all.every(({ messages }) => messages.length === count);
    await eventually("everybody has the first message", have(1));
    await imaginary.caller.acquire();
    imaginary.clock.advance(1_000);
    imaginary.live.advance();
    await eventually("everybody has the second message", have(2));
    assert.equal(first.messages[1]?.events.length, 1);
    assert.ok(first.messages[1] === second.messages[1], "made once");
    assert.equal(quiet.messages[1]?.events.length, 0);
    for (const reader of all) reader.emit("close");
  });
});
