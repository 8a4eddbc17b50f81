// Property: whatever happens, the messages of a live view add up to what the broker's lists say; whoever was sent how many of
// them, with a reader that comes late and one that sees no ports.

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  GetBrokerRequest,
  ListBlocksRequest,
  ListPoolsRequest,
  ListPortsRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { eventually } from "../support/eventually.js";
import { type ImaginaryBroker, startImaginaryBroker } from "../support/imaginary-broker.js";
import { type Acquired, fromMs, unary } from "../support/lease-caller.js";
import { LiveCaller, portsOf } from "../support/live-caller.js";

type Step =
  | { readonly type: "acquire"; readonly portCount: number }
  | { readonly type: "release" | "observe"; readonly which: number }
  | { readonly type: "drain" | "reserve" | "remove" | "expire" }
  | { readonly type: "tick"; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("acquire"), portCount: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("release"), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("observe"), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom("drain", "reserve", "remove", "expire") }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("tick"),
      milliseconds: fc.integer({ min: 50, max: 900 }),
    }),
  },
);

const bindings = ["bound", "unbound", "stranger"] as const;

class World {
  readonly #imaginary: ImaginaryBroker;
  readonly #held: Acquired[] = [];
  readonly readers: LiveCaller[] = [];
  #observed = 0;

  constructor(imaginary: ImaginaryBroker) {
    this.#imaginary = imaginary;
    this.watch(100, true);
    this.watch(300, false);
  }

  watch(everyMs: number, ports: boolean): void {
    this.readers.push(
      new LiveCaller(this.#imaginary.caller, {
        interval: fromMs(everyMs),
        ports,
        maxEvents: 1_000,
      }),
    );
  }

  async do(what: Step): Promise<void> {
    const { caller, broker, clock, live } = this.#imaginary;
    switch (what.type) {
      case "acquire":
        // Refused when nothing is free: that is no change.
        await caller
          .acquire({ portCount: what.portCount })
          .then((lease) => this.#held.push(lease))
          .catch(() => undefined);
        return;
      case "release": {
        const [lease] = this.#held.splice(what.which % Math.max(1, this.#held.length), 1);
        if (lease !== undefined) await caller.release(lease).catch(() => undefined);
        return;
      }
      case "observe": {
        const lease = [...broker.leases()][what.which];
        this.#observed += 1;
        const binding = bindings[this.#observed % bindings.length] ?? "bound";
        if (lease !== undefined) lease.record = { ...lease.record, binding };
        return;
      }
      case "drain":
      case "reserve":
      case "remove":
        return this.#changeBlocks(what.type);
      case "expire":
        clock.advance(31_000);
        broker.advance();
        return;
      case "tick":
        clock.advance(what.milliseconds);
        broker.advance();
        live.advance();
        await new Promise((resolve) => setImmediate(resolve));
        return;
    }
  }

  async #changeBlocks(type: "drain" | "reserve" | "remove"): Promise<void> {
    const { blocks: manager } = this.#imaginary;
    const blocks = manager.list();
    const last = blocks.at(-1)?.record.blockId ?? "";
    if (type === "reserve" && blocks.length < 4) {
      const firstPort = (blocks.at(-1)?.record.ports.lastPort ?? 0) + 10;
      await manager.reserve({ pool: "", firstPort, portCount: 12 }).catch(() => undefined);
    } else if (blocks.length > 1 && type !== "reserve") {
      const change = type === "drain" ? manager.drain(last, false) : manager.remove(last, true);
      await change.catch(() => undefined);
    }
  }

  /** Everybody is sent the last changes, and what they know is what the lists say. */
  async check(): Promise<void> {
    const { caller, clock, live } = this.#imaginary;
    const client = caller.adminClient;
    const { runs } = await unary(client.listPorts.bind(client), ListPortsRequest.fromPartial({}));
    const pools = await unary(client.listPools.bind(client), ListPoolsRequest.fromPartial({}));
    const blocks = await unary(client.listBlocks.bind(client), ListBlocksRequest.fromPartial({}));
    const broker = await unary(client.getBroker.bind(client), GetBrokerRequest.fromPartial({}));
    const before = this.readers.map(({ messages }) => messages);
    await eventually("everybody has two more messages", async () => {
      clock.advance(300);
      live.advance();
      await new Promise((resolve) => setImmediate(resolve));
      return this.readers.every(({ messages }, index) => messages >= (before[index] ?? 0) + 2);
    });
    for (const [index, { model }] of this.readers.entries()) {
      const wanted = index === 1 ? new Map() : portsOf(runs);
      assert.deepEqual(sorted(model.ports), sorted(wanted), `ports of reader ${index}`);
      assert.deepEqual([...model.pools.values()], pools.pools);
      assert.deepEqual(new Set(model.blocks.values()), new Set(blocks.blocks));
      assert.deepEqual(model.broker?.problems, broker.problems);
      assert.equal(model.revision, Number(broker.revision));
      assert.equal(model.skippedEvents, 0);
    }
  }
}

function sorted(ports: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...ports].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe("The messages of a live view", () => {
  it("add up to what the lists say, whatever happens", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const imaginary = await startImaginaryBroker({ portCount: 40 });
        try {
          const world = new World(imaginary);
          const half = Math.floor(steps.length / 2);
          for (const one of steps.slice(0, half)) await world.do(one);
          world.watch(150, true);
          for (const one of steps.slice(half)) await world.do(one);
          await world.check();
          for (const reader of world.readers) reader.cancel();
        } finally {
          await imaginary.stop();
        }
      }),
      { numRuns: 15 },
    );
  }).timeout(120_000);
});
