import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { BlockLab, windowsHost } from "../../support/block-lab.js";

const denied = new NativeError("ACCESS_DENIED", "Run the broker as administrator.", {
  api: "CreatePersistentTcpPortReservation",
  errorName: "ERROR_ACCESS_DENIED",
  errorNumber: 5,
});

describe("kind auto", () => {
  it("falls back to runtime when a persistent reservation is refused for lack of rights, and says so", async () => {
    const lab = new BlockLab();
    lab.host.failNext("createReservation", denied);
    const { broker, autoKind } = await lab.start([{}, { name: "other" }]);
    assert.deepEqual(
      broker.pools.map(({ policy, blocks }) => [policy.kind, blocks[0]?.record.kind]),
      [
        ["runtime", "runtime"],
        ["runtime", "runtime"],
      ],
    );
    assert.equal(autoKind.kind, "runtime");
    assert.match(
      autoKind.reason,
      /elevated; creating a persistent reservation was refused \(ERROR_ACCESS_DENIED 5\), so /,
    );
    assert.ok(lab.warnings.includes("kind auto falls back"));
    const records = [...(await lab.recordsOnDisk()).values()];
    assert.ok(records.every(({ kind, stage }) => kind === "runtime" && stage === "created"));
  });

  it("does not fall back from a kind that somebody asked for: the start is refused with advice", async () => {
    const lab = new BlockLab();
    lab.host.failNext("createReservation", denied);
    const attempt = lab.start([{ kind: "persistent" }]);
    await assert.rejects(attempt, { code: "CANNOT_RESERVE", message: denied.message });
  });

  it("does not fall back for other reasons, nor where there is nothing to fall back to", async () => {
    const lab = new BlockLab();
    lab.host.failNext("createReservation", new NativeError("OS_ERROR", "Out of order."));
    await assert.rejects(lab.start(), /Out of order/);
    const kinds = ["persistent"] as const;
    const alone = new BlockLab({ capabilities: { ...windowsHost.capabilities, kinds } });
    alone.host.failNext("createReservation", denied);
    await assert.rejects(alone.start(), /Run the broker as administrator/);
  });
});
