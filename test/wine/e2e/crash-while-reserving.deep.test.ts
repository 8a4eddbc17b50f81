// The broker ends between its intent and its record: what it may have made is shown, never deleted by itself, and an operator
// decides (docs/semantics.md, "Blocks").

import assert from "node:assert/strict";
import { runCli } from "../../support/cli.js";
import { EndToEndLab, type LabPool } from "../support/end-to-end-lab.js";
import { httpServedBy } from "../support/served-by.js";
import { WineBroker } from "../support/wine-broker.js";
import { describeInWine } from "../support/wine-lab.js";

const portCount = 3;

interface ShownBlock {
  readonly blockId: string;
  readonly firstPort: number;
  readonly portCount: number;
  readonly state: string;
}

describeInWine("a broker that ends while it reserves a block on Windows", function () {
  this.timeout(180_000);

  let lab: EndToEndLab;
  let firstPort: number;
  let pools: readonly LabPool[];

  beforeEach(async () => {
    lab = await EndToEndLab.open();
    firstPort = await lab.take(portCount);
    pools = [{ name: "default", kind: "persistent", start: firstPort, size: portCount }];
    await lab.pool.fail({
      api: "CreatePersistentTcpPortReservation",
      port: firstPort,
      error: "end",
      times: 1,
    });
    const { stdout } = await WineBroker.failToStart(lab.configure(pools));
    assert.equal(stdout, "");
    await lab.startBroker(pools);
  });

  afterEach(() => lab.close());

  async function cli(...words: readonly string[]): Promise<unknown> {
    const broker = ["--address", lab.broker.address, "--token-file", lab.adminTokenFile];
    const args = [...words, "--json", ...broker];
    const { exitCode, stdout, stderr } = await runCli(args);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  }

  /** Those that pools lease from. */
  async function shownBlocks(): Promise<readonly ShownBlock[]> {
    const { blocks } = (await cli("blocks", "ls")) as { readonly blocks: readonly ShownBlock[] };
    return blocks.filter((block) => block.firstPort === firstPort);
  }

  async function theAmbiguousOne(): Promise<string> {
    const blocks = await shownBlocks();
    assert.deepEqual(
      blocks.map((block) => [block.portCount, block.state]),
      [[portCount, "STATE_AMBIGUOUS"]],
    );
    return blocks[0]?.blockId ?? "";
  }

  async function isReserved(): Promise<boolean> {
    const made = await lab.pool.reservations("persistent");
    return made.some((each) => each.firstPort === firstPort && each.portCount === portCount);
  }

  it("shows the block and leases nothing from it, however often it is started", async () => {
    await theAmbiguousOne();
    await lab.broker.kill();
    await lab.startBroker(pools);
    await theAmbiguousOne();
    assert.equal(await isReserved(), true);
    await assert.rejects(lab.caller().acquire());
  });

  it("leases from it once an operator has adopted it", async () => {
    await cli("blocks", "adopt", await theAmbiguousOne());
    const [adopted] = await shownBlocks();
    assert.equal(adopted?.state, "STATE_ACTIVE");
    const [sidecar, stranger] = await Promise.all([lab.sidecar(), lab.stranger()]);
    const { ports } = await sidecar.acquire();
    await sidecar.serve();
    assert.equal(await httpServedBy(ports[0] ?? 0), sidecar.processId);
    assert.equal(await stranger.listen(firstPort + portCount - 1), "EACCES");
  });

  it("deletes the reservation only when an operator says so", async () => {
    const blockId = await theAmbiguousOne();
    assert.equal(await isReserved(), true);
    await cli("blocks", "delete", blockId);
    assert.equal(await isReserved(), false);
  });

  it("leaves the reservation to whoever made it when an operator has it forgotten", async () => {
    await cli("blocks", "forget", await theAmbiguousOne());
    assert.deepEqual(await shownBlocks(), []);
    assert.equal(await isReserved(), true);
  });
});

describeInWine("a broker that ends before it reserves a block on Windows", function () {
  this.timeout(180_000);

  it("drops the intent at its next start, and makes the block then", async () => {
    const lab = await EndToEndLab.open();
    try {
      const firstPort = await lab.take(portCount);
      const pools = [
        { name: "default", kind: "persistent", start: firstPort, size: portCount } as const,
      ];
      await lab.pool.fail({
        api: "CreatePersistentTcpPortReservation",
        port: firstPort,
        error: "end",
        times: 1,
      });
      await WineBroker.failToStart(lab.configure(pools));
      // As if it had ended one step earlier: the intent is on disk, and nothing was made.
      await lab.pool.unreserve("tcp", firstPort, portCount);
      const broker = await lab.startBroker(pools);
      assert.deepEqual(
        broker.ready.blocks.map((block) => [block.pool, block.firstPort]),
        [["default", firstPort]],
      );
      const { port } = await lab.caller().acquire();
      assert.ok(port >= firstPort && port < firstPort + portCount);
    } finally {
      await lab.close();
    }
  });
});
