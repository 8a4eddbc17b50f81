// Uninstalling on an imaginary Windows (semantics.md 21).

import assert from "node:assert/strict";
import { NativeError } from "@portlease/native";
import { LastingReservations } from "#server/blocks/lasting-reservations.js";
import { reserveOwnPorts } from "#server/blocks/reserve-own-ports.js";
import { StartLedger } from "#server/blocks/start-ledger.js";
import type { BlockRecord } from "#server/domain/records.js";
import { cleanUpByHand } from "#server/uninstall/clean-up-by-hand.js";
import { removeRecorded, type UninstallOutcome } from "#server/uninstall/uninstall.js";
import { BlockLab, ownPortParts } from "../support/block-lab.js";

async function uninstall(
  lab: BlockLab,
  includeAmbiguous = false,
): Promise<Record<string, UninstallOutcome["state"]>> {
  const { revision, blocks } = await lab.store.load();
  const ledger = new StartLedger(lab.store, lab.clock, revision);
  const lasting = new LastingReservations(lab.host);
  const done = await removeRecorded(blocks, lasting, ledger, includeAmbiguous);
  return Object.fromEntries(done.map(({ record, outcome }) => [record.blockId, outcome.state]));
}

const persistent: BlockRecord = {
  blockId: "default-tcp-20000",
  pool: "default",
  protocol: "tcp",
  kind: "persistent",
  ports: { firstPort: 20_000, lastPort: 20_007 },
  isolation: "shared",
  stage: "created",
  draining: false,
  origin: "configured",
};
const query = { kind: "persistent", protocol: "tcp", firstPort: 20_000, portCount: 8 } as const;

describe("removeRecorded(), for an uninstall (semantics 21)", () => {
  it("removes every kind of block from the operating system, and its record", async () => {
    const lab = new BlockLab();
    const pools = [
      { kind: "persistent" as const },
      { name: "open", kind: "administered" as const },
      { name: "both", protocol: "tcp-and-udp" as const },
      { name: "short", kind: "runtime" as const },
    ];
    await (await lab.start(pools)).stop();
    await reserveOwnPorts(await ownPortParts(lab), [7_600, 7_601], []);
    lab.kill();
    assert.deepEqual(Object.values(await uninstall(lab)), [
      "removed",
      "removed",
      "removed",
      "removed",
      "removed",
      "absent",
    ]);
    assert.equal((await lab.recordsOnDisk()).size, 0);
    assert.equal(await lab.host.hasReservation(query), false);
  });

  it("keeps the record of what it could not remove, and goes on with the others", async () => {
    const lab = new BlockLab();
    await (await lab.start([{}, { name: "other" }])).stop();
    lab.host.failNext("removeReservation", new NativeError("ACCESS_DENIED", "Not elevated."));
    const states = await uninstall(lab);
    assert.deepEqual(states, { "default-tcp-20000": "failed", "other-tcp-20008": "removed" });
    assert.deepEqual([...(await lab.recordsOnDisk()).keys()], ["default-tcp-20000"]);
    assert.deepEqual(await uninstall(lab), { "default-tcp-20000": "removed" });
  });

  it("drops an intent for which nothing was made", async () => {
    const lab = new BlockLab();
    await lab.plantRecord({ ...persistent, stage: "intended" });
    assert.deepEqual(await uninstall(lab), { "default-tcp-20000": "absent" });
    assert.equal((await lab.recordsOnDisk()).size, 0);
  });

  it("leaves an intent alone when it cannot be told whether something was made", async () => {
    const lab = new BlockLab();
    await lab.plantRecord({ ...persistent, stage: "intended" });
    lab.host.failNext("hasReservation", new NativeError("ACCESS_DENIED", "Not elevated."));
    assert.deepEqual(await uninstall(lab), { "default-tcp-20000": "ambiguous" });
  });

  it("leaves an ambiguous block alone unless told", async () => {
    const lab = new BlockLab();
    await lab.plantRecord({ ...persistent, stage: "intended" });
    lab.host.plantReservation(query);
    assert.deepEqual(await uninstall(lab), { "default-tcp-20000": "ambiguous" });
    assert.equal(await lab.host.hasReservation(query), true);
    assert.deepEqual(await uninstall(lab, true), { "default-tcp-20000": "removed" });
    assert.equal(await lab.host.hasReservation(query), false);
  });
});

describe("cleanUpByHand()", () => {
  it("gives the first port in network byte order to the function that deletes persistent reservations", () => {
    const [command = ""] = cleanUpByHand(persistent, "win32");
    // 20000 is 0x4e20.
    assert.match(command, /::DeletePersistentTcpPortReservation\(8270, 8\)/);
    assert.equal(0x20_4e, 8_270);
  });

  it("has a command for each half of a block of TCP and UDP", () => {
    const commands = cleanUpByHand({ ...persistent, protocol: "tcp-and-udp" }, "win32");
    assert.deepEqual(
      commands.map((command) => /DeletePersistent(Tcp|Udp)/.exec(command)?.[1]),
      ["Tcp", "Udp"],
    );
  });

  it("names the exclusion of both address families", () => {
    assert.deepEqual(cleanUpByHand({ ...persistent, kind: "administered" }, "win32"), [
      "netsh int ipv4 delete excludedportrange protocol=tcp startport=20000 numberofports=8",
      "netsh int ipv6 delete excludedportrange protocol=tcp startport=20000 numberofports=8",
    ]);
  });
});
