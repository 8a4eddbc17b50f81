// How the broker leaves: what it keeps reserved for its next start, and that uninstalling leaves nothing.

import assert from "node:assert/strict";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { describeInWine, windowsPath } from "../support/wine-lab.js";
import { WineProcess, type WineExit } from "../support/wine-process.js";

const portCount = 2;
const kinds = ["persistent", "runtime", "administered"] as const;

describeInWine("a broker that stops on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  const firstPorts = new Map<string, number>();
  let pools: readonly LabPool[];

  beforeEach(async () => {
    lab = await EndToEndLab.open();
    for (const kind of kinds) firstPorts.set(kind, await lab.take(portCount));
    pools = kinds.map((kind) => ({
      name: kind,
      kind,
      start: firstPorts.get(kind) ?? 0,
      size: portCount,
    }));
    await lab.startBroker(pools);
  });

  afterEach(() => lab.close());

  /** The kinds of what the machine has reserved; the broker's own port is a persistent one too. */
  async function reservedKinds(): Promise<readonly string[]> {
    const { reservations } = await lab.pool.state();
    const ours = new Set(firstPorts.values());
    return reservations
      .filter(({ firstPort }) => ours.has(firstPort))
      .map(({ kind }) => kind)
      .toSorted();
  }

  function uninstall(...words: readonly string[]): Promise<WineExit> {
    return WineProcess.run({
      name: "uninstall",
      args: [
        "dist/portlease/main.js",
        "uninstall",
        "--json",
        "--data-dir",
        windowsPath(lab.dataDirectory),
        ...words,
      ],
      environment: lab.pool.environment,
    });
  }

  it("keeps what outlives it, gives back what does not, and leaves its sidecars alone", async () => {
    assert.deepEqual(await reservedKinds(), ["administered", "persistent", "runtime"]);
    const sidecar = await lab.sidecar();
    const { ports, leaseId } = await sidecar.acquire({ pool: "persistent" });
    await sidecar.serve();
    const { exitCode } = await lab.broker.stop();
    assert.equal(exitCode, 0);
    assert.deepEqual(await reservedKinds(), ["administered", "persistent"]);
    assert.equal(await httpServedBy(ports[0] ?? 0), sidecar.processId);

    await lab.startBroker(pools);
    assert.deepEqual(await reservedKinds(), ["administered", "persistent", "runtime"]);
    assert.equal((await lab.caller().get(leaseId)).port, ports[0]);
  });

  it("is not uninstalled while it runs, nor without a yes", async () => {
    assert.notEqual((await uninstall("--yes")).exitCode, 0);
    await lab.broker.stop();
    assert.notEqual((await uninstall()).exitCode, 0);
    assert.deepEqual(await reservedKinds(), ["administered", "persistent"]);
  });

  it("leaves nothing reserved when it is uninstalled", async () => {
    await lab.broker.stop();
    const { exitCode, stdout, stderr } = await uninstall("--yes");
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as { readonly dataDeleted: boolean };
    assert.equal(report.dataDeleted, true);
    assert.deepEqual((await lab.pool.state()).reservations, []);
  });
});
