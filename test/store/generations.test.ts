// Semantics 4, end to end: whatever becomes of a data directory, a port is never granted with a generation that an earlier holder of
// it had, or a higher one.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  ListBlocksRequest,
  RemoveBlockRequest,
  ReserveBlockRequest,
} from "@portlease/proto/portlease/v1/admin_service.js";
import { AcquireLeaseRequest_PortPreference } from "@portlease/proto/portlease/v1/lease_service.js";
import { BrokerLab } from "../support/broker-lab.js";
import type { BrokerProcess } from "../support/broker-process.js";
import { runCli } from "../support/cli.js";
import { type Acquired, fromMs, unary } from "../support/lease-caller.js";
import { takeFromOthers } from "../support/private-file.js";

const ttl = fromMs(2_000);
const mustHave = AcquireLeaseRequest_PortPreference.PORT_PREFERENCE_MUST;

describe("Generations (semantics 4)", function () {
  // Each test starts several brokers, under Wine on a busy machine too.
  this.timeout(120_000);
  let lab: BrokerLab;

  before(async () => {
    lab = await BrokerLab.open();
  });

  after(() => lab.close());

  async function oneAfterTheOther(broker: BrokerProcess, count: number): Promise<Acquired> {
    const caller = lab.caller(broker);
    for (let nth = 1; nth < count; nth += 1) await caller.release(await caller.acquire({ ttl }));
    return caller.acquire({ ttl });
  }

  // A reservation that outlives the broker would keep one from starting that knows nothing of it.
  const kind = process.platform === "win32" ? ["--pool-kind", "runtime"] : [];
  const quick = { poolSize: 1, flags: ["--pool-quarantine", "0ms", ...kind] };

  it("go on above all earlier ones when the data directory was lost", async () => {
    const broker = await lab.start(quick);
    const before = await oneAfterTheOther(broker, 5);
    await broker.kill("SIGKILL");
    rmSync(broker.options.dataDirectory, { recursive: true });
    const after = await oneAfterTheOther(await lab.restart(broker), 1);
    assert.equal(after.port, before.port);
    assert.ok(after.generation > before.generation);
  });

  for (const [what, bringBack] of [
    ["a restored backup", restoreBackup],
    ["an import", restoreExport],
  ] as const) {
    it(`go on above those granted after it was made, and ports rest: ${what}`, async () => {
      const broker = await lab.start(quick);
      await broker.kill("SIGTERM");
      const backup = join(lab.newDirectory(), "backup");
      cpSync(broker.options.dataDirectory, backup, { recursive: true });
      const second = await lab.restart(broker);
      const before = await oneAfterTheOther(second, 5);
      await second.kill("SIGKILL");
      await bringBack(backup, broker.options.dataDirectory);
      const third = await lab.restart(broker);
      const caller = lab.caller(third);
      await assert.rejects(caller.acquire({ ttl }), { reason: "POOL_FULL" });
      // Not by another restart either.
      await third.kill("SIGKILL");
      const fourth = await lab.restart(broker);
      await assert.rejects(lab.caller(fourth).acquire({ ttl }), { reason: "POOL_FULL" });
      assert.ok(fourth.ready.revision > before.generation);
    });
  }

  async function restoreBackup(backup: string, dataDirectory: string): Promise<void> {
    rmSync(dataDirectory, { recursive: true });
    cpSync(backup, dataDirectory, { recursive: true });
    takeFromOthers(dataDirectory);
    rmSync(join(dataDirectory, "watermark"));
    await Promise.resolve();
  }

  async function restoreExport(backup: string, dataDirectory: string): Promise<void> {
    const file = join(lab.newDirectory(), "export.jsonl");
    await runCli(["store", "export", "--data-dir", backup, "--out", file]);
    const words = ["store", "import", file, "--data-dir", dataDirectory, "--force"];
    assert.equal((await runCli(words)).exitCode, 0);
  }

  it("are not reset by removing a block and reserving it again", async () => {
    const broker = await lab.start({ ...quick, poolSize: 0, flags: [...quick.flags] });
    const { adminClient } = lab.caller(broker);
    const firstPort = await lab.takePorts(1);
    const reserveBlock = adminClient.reserveBlock.bind(adminClient);
    const removeBlock = adminClient.removeBlock.bind(adminClient);
    const reserve = () =>
      unary(reserveBlock, ReserveBlockRequest.fromPartial({ firstPort, portCount: 1 }));
    const caller = lab.caller(broker);
    const onPort = { ttl, preferredPort: firstPort, portPreference: mustHave };
    await reserve();
    const before = await caller.acquire(onPort);
    await caller.release(before);
    const listBlocks = adminClient.listBlocks.bind(adminClient);
    const { blocks } = await unary(listBlocks, ListBlocksRequest.fromPartial({}));
    const block = blocks.find((each) => each.firstPort === firstPort);
    const blockId = block?.blockId ?? "";
    await unary(removeBlock, RemoveBlockRequest.fromPartial({ blockId }));
    await reserve();
    const after = await caller.acquire(onPort);
    assert.ok(after.generation > before.generation);
  });
});
