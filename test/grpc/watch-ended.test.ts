// A watch that somebody else ends, as when the token of its caller is replaced, while its reader does not read.

import assert from "node:assert/strict";
import { Writable } from "node:stream";
import type { WatchCall } from "#server/grpc/watch.js";
import { WatchRegistry } from "#server/grpc/watch-registry.js";
import { settle } from "../support/broker-fixture.js";
import { FakeClock } from "../support/fake-clock.js";
import { silentLog } from "../support/silent-log.js";
import { granted, sampleLease, sampleWallMs } from "../support/store-samples.js";

/** A stream as grpc-js has it: an error is what it will end with, once what was written before has been read. */
class StalledCall extends Writable {
  readonly request = { filter: "", startRevision: 1n, bookmarkInterval: undefined };
  readonly cancelled = false;
  status: Error | null = null;

  constructor() {
    super({ objectMode: true });
    this.on("error", (error) => {
      this.status = error;
      this.end();
    });
  }

  override _write(): void {}
}

describe("A watch that was ended from outside", () => {
  it("writes nothing more, so that its reader is told why it ended, and makes room for another", async () => {
    const clock = new FakeClock();
    const watches = new WatchRegistry(silentLog, clock);
    watches.loaded(0);
    const call = new StalledCall();
    const history = { readChanges: () => assert.fail(), searchChanges: () => assert.fail() };
    watches.serve(call as unknown as WatchCall, {
      broker: { recordedLeases: () => [].values() },
      history,
      clock,
    });
    const change = (revision: number): void =>
      watches.committed([
        { revision, wallMs: sampleWallMs, change: granted(sampleLease(revision)) },
      ]);
    await settle();
    change(1);
    await settle();
    assert.equal(call.writableLength, 1);
    const reason = new Error("the token is valid no more");
    call.emit("error", reason);
    change(2);
    await settle();
    assert.equal(call.status, reason);
    assert.equal(watches.size, 0);
  });
});
