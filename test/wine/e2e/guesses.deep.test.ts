// What no document says about Windows is a guess of the lab, and each guess has a switch. Whatever the answer is: a service binds
// by its token or is handed a socket, a stranger is refused, and both outlast the broker.

import assert from "node:assert/strict";
import { eventually } from "../../support/eventually.js";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import type { PoolCaller } from "../support/pool-caller.js";
import { httpServedBy } from "../support/served-by.js";
import type { Sidecar } from "../support/sidecar.js";
import { describeInWine } from "../support/wine-lab.js";

interface Variant {
  readonly title: string;
  readonly guesses: Readonly<Record<string, number>>;
}

const portCount = 4;

/** Where a named port of a larger reservation cannot be bound, blocks are made of one-port reservations. */
const singles: readonly Variant[] = [10_013, 10_022, 10_048, 10_049].map((error) => ({
  title: `a named port of a larger reservation is refused with ${error}`,
  guesses: { "explicit-bind-in-run": error },
}));

/** By what they decide together; the names are those of docs/wine-lab.md. */
const others: readonly Variant[] = [
  { title: "all is as guessed first", guesses: {} },
  {
    title: "an unknown token is refused as one without rights is",
    guesses: { "associate-unknown-token": 10_013, "associate-foreign-token": 10_022 },
  },
  {
    title: "an associated socket may be bound anywhere",
    guesses: { "bind-outside-run": 0, "bind-after-delete": 0, "associate-after-bind": 0 },
  },
  {
    title: "what an associated socket may not bind is reserved for others",
    guesses: { "bind-outside-run": 10_013, "bind-after-delete": 10_013, "bind-run-full": 10_055 },
  },
  { title: "a run may be acquired around bound ports", guesses: { "acquire-while-bound": 0 } },
  {
    title: "a run that cannot be acquired is refused as reserved",
    guesses: {
      "acquire-overlap": 10_013,
      "acquire-while-bound": 10_013,
      "acquire-none-left": 10_048,
    },
  },
  {
    title: "a reservation that is in use is not given back",
    guesses: { "release-while-bound": 10_022, "delete-while-bound": 32 },
  },
  {
    title: "persistent tokens stay the same, and may be released",
    guesses: { "tokens-kept-at-reboot": 1, "release-persistent-token": 0 },
  },
  {
    title: "netsh shows no reservation, and the tables no owner",
    guesses: { "netsh-shows-persistent": 0, "netsh-shows-runtime": 0, "table-names-owner": 0 },
  },
  {
    title: "netsh shows reservations as administered",
    guesses: { "netsh-shows-persistent": 2, "netsh-shows-runtime": 2 },
  },
];

describeInWine("whatever Windows does where no document says it", function () {
  this.timeout(120_000);
  let lab: EndToEndLab;
  let stranger: PoolCaller;
  let pools: readonly (LabPool & { readonly start: number })[];

  beforeEach(async () => {
    lab = await EndToEndLab.open();
    const size = portCount;
    pools = [
      { name: "default", kind: "persistent", start: await lab.take(size), size },
      { name: "runtime", kind: "runtime", start: await lab.take(size), size },
    ];
  });
  afterEach(() => lab.close());

  async function start({ guesses }: Variant): Promise<void> {
    for (const [name, value] of Object.entries(guesses)) await lab.pool.guess(name, value);
    await lab.startBroker(pools);
    stranger = await lab.stranger();
  }

  /** Refused on the whole block, whoever is bound there. */
  async function assertRefused(): Promise<void> {
    for (const pool of pools) {
      for (let port = pool.start; port < pool.start + pool.size; port += 1) {
        assert.equal(await stranger.listen(port), "EACCES", `${pool.kind} port ${port}`);
      }
    }
  }

  async function serving(
    sidecar: Sidecar,
    options: Parameters<Sidecar["serve"]>[0],
  ): Promise<number> {
    const [port = 0] = (await sidecar.serve(options)).ports;
    assert.equal(await httpServedBy(port), sidecar.processId);
    return port;
  }

  async function assertEssentials(): Promise<void> {
    await assertRefused();
    const elevated = await lab.sidecar();
    const ordinary = await lab.sidecar({ elevated: false });
    await elevated.acquire();
    await ordinary.acquire({ pool: "runtime" });
    const associated = await serving(elevated, { bindMethod: "associate" });
    const handedOver = await serving(ordinary, { bindMethod: "handoff" });
    await assertRefused();

    await lab.broker.kill();
    await lab.startBroker(pools);
    assert.equal(await httpServedBy(associated), elevated.processId);
    assert.equal(await httpServedBy(handedOver), ordinary.processId);
    const caller = lab.caller();
    assert.equal((await caller.list()).length, 2);
    await assertRefused();

    for (const sidecar of [elevated, ordinary]) {
      await sidecar.close();
      // Its client may be between two tries to reach the broker that was away, and says so.
      await eventually("the sidecar gave its lease back", () =>
        sidecar.release().then(
          () => true,
          () => false,
        ),
      );
    }
    await eventually("nobody has a lease", async () => (await caller.list()).length === 0);
    for (const [pool, port] of [
      ["default", associated],
      ["runtime", handedOver],
    ] as const) {
      // A port that looked bound a moment ago is looked at again a second later.
      await eventually(`${port} is leased again`, async () => {
        const again = await caller.acquire({ pool, preferredPort: port });
        if (again.port !== port) await caller.release(again);
        return again.port === port;
      });
    }
    await assertRefused();
  }

  for (const variant of singles) {
    it(`${variant.title}: blocks are reservations of one port each`, async () => {
      await start(variant);
      for (const { kind, start: firstPort } of pools) {
        if (kind !== "persistent" && kind !== "runtime") continue;
        const made = (await lab.pool.reservations(kind)).filter(
          (each) => each.firstPort >= firstPort && each.firstPort < firstPort + portCount,
        );
        assert.deepEqual(
          made.map((each) => [each.firstPort - firstPort, each.portCount]),
          [
            [0, 1],
            [1, 1],
            [2, 1],
            [3, 1],
          ],
          kind,
        );
      }
      await assertEssentials();
    });
  }

  for (const variant of others) {
    it(variant.title, async () => {
      await start(variant);
      await assertEssentials();
    });
  }

  for (const error of [10_013, 10_022]) {
    it(`a reservation that was made anew behind the broker's back is found, where its dead token is refused with ${error}`, async () => {
      await start({ title: "", guesses: { "associate-unknown-token": error } });
      const firstPort = pools[0]?.start ?? 0;
      await lab.pool.unreserve("tcp", firstPort, portCount);
      await lab.pool.reserve("tcp", firstPort, portCount);
      const sidecar = await lab.sidecar();
      await sidecar.acquire();
      await serving(sidecar, { bindMethod: "associate" });
      await assertRefused();
    });
  }
});
