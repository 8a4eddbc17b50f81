// The lines by themselves, with a planning that refuses whom the test says: quotas, and an operating system that cannot be asked.

import assert from "node:assert/strict";
import type { AcquireRequest } from "#server/domain/acquire-request.js";
import { BrokerError } from "#server/domain/errors.js";
import { GrantAttempt } from "#server/domain/grant-attempt.js";
import { LeaseBook } from "#server/domain/lease-book.js";
import { Planning } from "#server/domain/planning.js";
import { Pool, type PoolPolicy } from "#server/domain/pool.js";
import { WaitingLines } from "#server/domain/waiting-lines.js";
import { holderKeys } from "#server/holder-keys.js";
import { emptyWorld } from "../../support/audit-world.js";
import { brokerFixture, request, settle, testPolicy } from "../../support/broker-fixture.js";
import { SeededRandom } from "../../support/seeded-random.js";

class Lines {
  /** Services that are refused, and with what. */
  readonly refused = new Map<string, Error>();
  readonly served: string[] = [];
  tried = 0;
  readonly lines: WaitingLines;

  private constructor(
    { clock, store, block }: Awaited<ReturnType<typeof brokerFixture>>,
    policy: Partial<PoolPolicy>,
  ) {
    const pool = new Pool({ ...testPolicy, ...policy }, [block]);
    const strangers = { findStrangers: () => Promise.resolve([]) };
    const keys = holderKeys(new Uint8Array(32));
    const events = { publish: () => undefined };
    const parts = {
      clock,
      store,
      events,
      keys,
      strangers,
      audit: emptyWorld,
      random: new SeededRandom(1),
    };
    const book = new LeaseBook(
      parts,
      [pool],
      0,
      () => undefined,
      () => undefined,
    );
    const planning = new Planning(book);
    const plan = (wish: AcquireRequest) => {
      this.tried += 1;
      const refusal = this.refused.get(wish.holder.service);
      if (refusal !== undefined) throw refusal;
      return planning.plan(wish);
    };
    const undo = planning.undo.bind(planning);
    this.lines = new WaitingLines(book, { plan, undo }, () => undefined);
  }

  static async open(policy: Partial<PoolPolicy> = {}): Promise<Lines> {
    return new Lines(await brokerFixture(), policy);
  }

  wait(service: string, portCount = 1, instance = ""): void {
    const holder = { service, instance, labels: {}, process: null };
    const attempt = new GrantAttempt(request({ holder, portCount, maxWaitMs: 60_000 }));
    this.lines.join({
      attempt,
      receivedMs: 0,
      serve: () => void this.served.push(service),
      refuse: (error) => assert.fail(String(error)),
    });
  }

  async wake(): Promise<void> {
    this.lines.wake("default");
    await settle();
  }
}

const nothingFree = new BrokerError("pool_full", "nothing is free");
const quotaExceeded = new BrokerError("quota_exceeded", "no more for you");

describe("WaitingLines", () => {
  it("lets others pass one whose quota is used up, however often, and serves it when it is not", async () => {
    const lines = await Lines.open();
    lines.refused.set("greedy", quotaExceeded);
    lines.wait("greedy", 2);
    for (let count = 0; count < 20; count += 1) {
      const { taken } = lines.lines.plan(request());
      taken.block.putBack(taken.ports);
    }
    lines.wait("modest");
    await lines.wake();
    assert.deepEqual(lines.served, ["modest"]);
    lines.refused.clear();
    await lines.wake();
    assert.deepEqual(lines.served, ["modest", "greedy"]);
    assert.equal(lines.lines.size, 0);
  });

  it("keeps those in line whose ports cannot be looked at now", async () => {
    const lines = await Lines.open();
    lines.refused.set("first", new Error("too many open files"));
    lines.wait("first");
    await lines.wake();
    assert.equal(lines.lines.size, 1);
    lines.refused.clear();
    await lines.wake();
    assert.deepEqual(lines.served, ["first"]);
  });

  it("tries one request of a kind, however many wait, also of a service with pins", async () => {
    const pins = [{ port: 20_007, service: "pinned", instance: "1" }];
    const lines = await Lines.open({ pins });
    for (const service of ["pinned", "other"]) lines.refused.set(service, nothingFree);
    for (let instance = 0; instance < 50; instance += 1) {
      lines.wait("pinned", 1, String(instance));
      lines.wait("other", 1, String(instance));
    }
    await lines.wake();
    assert.equal(lines.tried, 2, "who has the pin, and all others");
  });

  it("gives nobody who comes later what was just refused to one who waits", async () => {
    const lines = await Lines.open();
    lines.refused.set("first", quotaExceeded);
    lines.wait("first");
    assert.throws(() => lines.lines.plan(request({ holder: holderOf("first") })), quotaExceeded);
    lines.refused.set("first", new Error("too many open files"));
    assert.throws(() => lines.lines.plan(request()), /too many open files/);
  });
});

function holderOf(service: string): AcquireRequest["holder"] {
  return { service, instance: "", labels: {}, process: null };
}
