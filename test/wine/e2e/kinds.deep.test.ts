// What each kind of reservation refuses to programs that know nothing of the broker, and what it lets its holders do.

import assert from "node:assert/strict";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import type { PoolCaller } from "../support/pool-caller.js";
import { httpServedBy } from "../support/served-by.js";
import type { Sidecar } from "../support/sidecar.js";
import { describeInWine } from "../support/wine-lab.js";

const everyAddress = ["127.0.0.1", "0.0.0.0", "::1", "::"];
const portCount = 3;

describeInWine("a block on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  let stranger: PoolCaller;
  const firstPorts = { persistent: 0, runtime: 0, administered: 0 };
  type Kind = keyof typeof firstPorts;
  const sidecars = new Map<Kind, Sidecar>();

  before(async () => {
    lab = await EndToEndLab.open();
    const pools: LabPool[] = [];
    for (const kind of ["persistent", "runtime", "administered"] as const) {
      firstPorts[kind] = await lab.take(portCount);
      pools.push({ name: kind, kind, start: firstPorts[kind], size: portCount });
    }
    await lab.startBroker(pools);
    stranger = await lab.stranger();
    for (const kind of ["persistent", "runtime", "administered"] as const) {
      const sidecar = await lab.sidecar();
      await sidecar.acquire({ pool: kind });
      sidecars.set(kind, sidecar);
    }
  });

  after(() => lab.close());

  function sidecarOf(kind: Kind): Sidecar {
    const sidecar = sidecars.get(kind);
    if (sidecar === undefined) throw new Error("it did not start");
    return sidecar;
  }

  const portsOf = (kind: Kind): readonly number[] =>
    Array.from({ length: portCount }, (_, offset) => firstPorts[kind] + offset);

  /** What a listener is answered on each port of the block and each address. */
  async function answers(kind: Kind): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    for (const port of portsOf(kind)) {
      for (const address of everyAddress) seen.add(await stranger.listen(port, { address }));
    }
    return seen;
  }

  for (const kind of ["persistent", "runtime"] as const) {
    it(`refuses every port to a stranger with EACCES, leased or not, when it is ${kind}`, async () => {
      assert.deepEqual([...(await answers(kind))], ["EACCES"]);
      assert.equal(await stranger.listen(await lab.take(1)), "OK");
    });

    it(`refuses a stranger also beside the holder's own listener when it is ${kind}`, async () => {
      const sidecar = sidecarOf(kind);
      const { ports } = await sidecar.serve();
      assert.deepEqual([...(await answers(kind))], ["EACCES"]);
      assert.equal(await httpServedBy(ports[0] ?? 0), sidecar.processId);
    });
  }

  it("lets its holder listen by the port's number when it is administered", async () => {
    const sidecar = sidecarOf("administered");
    const { ports, reservations } = await sidecar.serve();
    assert.equal(reservations[0]?.bindMethod, "plain");
    const [port = 0] = ports;
    assert.equal(await httpServedBy(port), sidecar.processId);
    assert.equal(await httpServedBy(port, "::1"), sidecar.processId);
  });

  it("is never picked by the system when it is administered, nor refused to who names its port", async () => {
    const free = portsOf("administered").at(-1) ?? 0;
    assert.equal(await stranger.listen(free), "OK");
    const beside = await lab.take(portCount);
    const first = Math.min(beside, firstPorts.administered);
    const last = Math.max(beside, firstPorts.administered) + portCount - 1;
    await lab.pool.setDynamicRange(first, last - first + 1);
    const picked = new Set<number>();
    for (let count = 0; count < 2 * (last - first + 1); count += 1) {
      const request = { do: "listen", protocol: "tcp", address: "127.0.0.1", port: 0 } as const;
      picked.add((await stranger.ask(request)).port ?? 0);
    }
    assert.ok([...picked].every((port) => port >= first && port <= last));
    assert.ok(!portsOf("administered").some((port) => picked.has(port)));
    assert.ok(!portsOf("persistent").some((port) => picked.has(port)));
  });
});
