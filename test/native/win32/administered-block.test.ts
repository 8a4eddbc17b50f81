// A block of excluded ports while netsh is at work, which takes its time: on every platform, by a netsh that waits for the test.

import assert from "node:assert/strict";
import { AdministeredBlock } from "#native/win32/administered-block.js";
import { Exclusions } from "#native/win32/exclusions.js";
import type { Netsh, NetshResult } from "#native/win32/netsh.js";
import { eventually } from "../../support/eventually.js";

/** One list for both families. Changes wait for `go`; nothing may be asked synchronously. */
class WaitingNetsh implements Netsh {
  readonly rows = new Set<string>();
  readonly #waiting: (() => void)[] = [];

  get waitingCount(): number {
    return this.#waiting.length;
  }

  async run([, , what, , , ...words]: readonly string[]): Promise<NetshResult> {
    if (what !== "show") {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      const [first = 0, count = 0] = words.map((word) => Number(word.split("=")[1]));
      const row = `${first} ${first + count - 1} *`;
      if (what === "add") this.rows.add(row);
      else this.rows.delete(row);
    }
    const output = Buffer.from(["----- -----", ...this.rows].join("\r\n"));
    return { exitCode: 0, output };
  }

  runSync(): never {
    return assert.fail("the process stood still");
  }

  async go(): Promise<void> {
    await eventually("netsh at work", () => this.#waiting.length > 0);
    this.#waiting.shift()?.();
  }
}

const run = { firstPort: 20_000, portCount: 3 };

describe("AdministeredBlock", () => {
  let netsh: WaitingNetsh;
  let block: AdministeredBlock;

  beforeEach(() => {
    netsh = new WaitingNetsh();
    const trials = { tryPort: (): null => null };
    block = new AdministeredBlock({ exclusions: new Exclusions(netsh), trials }, "tcp", run, []);
  });

  it("grants a port that is not excluded only when netsh has excluded it, and asks for that once", async () => {
    assert.equal(block.reclaimPort(20_001).state, "in-use");
    assert.equal(block.coverPort(20_001).state, "in-use");
    await eventually("netsh at work", () => netsh.waitingCount > 0);
    assert.equal(netsh.waitingCount, 1);
    assert.deepEqual(block.uncoveredPorts(), [20_000, 20_001, 20_002]);
    await netsh.go();
    await eventually("the exclusion", () => block.reclaimPort(20_001).state === "free");
    assert.deepEqual(block.uncoveredPorts(), [20_000, 20_002]);
  });

  it("is removed with what was under way, in single ports", async () => {
    block.reclaimPort(20_000);
    block.reclaimPort(20_002);
    const removed = block.remove();
    for (let change = 0; change < 4; change += 1) await netsh.go();
    await removed;
    assert.equal(netsh.rows.size, 0);
  });

  it("is released when netsh is done", async () => {
    block.reclaimPort(20_000);
    let released = false;
    const releasing = block.release().then(() => (released = true));
    await eventually("netsh at work", () => netsh.waitingCount > 0);
    assert.equal(released, false);
    await netsh.go();
    await releasing;
    assert.deepEqual([...netsh.rows], ["20000 20000 *"]);
  });
});
