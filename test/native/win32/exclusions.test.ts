// Port exclusions by a netsh that is played: success is what it lists afterwards, whatever it says.

import assert from "node:assert/strict";
import { Exclusions, netshError } from "#native/win32/exclusions.js";
import type { Netsh, NetshResult } from "#native/win32/netsh.js";

const run = { firstPort: 20_000, portCount: 10 };

/** Keeps one list for both families, or one for each. Says the same of success and failure, in no language. */
class PlayedNetsh implements Netsh {
  readonly calls: string[] = [];
  readonly lists: Record<string, Set<string>>;
  /** "family what" of changes that do nothing. */
  readonly refused = new Set<string>();
  unreadable = false;
  /** Whether changes that work end with 0; otherwise all end with 1. */
  honest = false;

  constructor(options: { readonly shared: boolean }) {
    const ipv4 = new Set<string>();
    this.lists = { ipv4, ipv6: options.shared ? ipv4 : new Set() };
  }

  run(args: readonly string[]): Promise<NetshResult> {
    return Promise.resolve(this.runSync(args));
  }

  runSync(args: readonly string[]): NetshResult {
    const [, family = "", what = "", , ...words] = args;
    const list = this.lists[family] ?? new Set();
    if (what === "show") return this.#answer(this.unreadable ? [] : rowsOf(list));
    this.calls.push(`${family} ${what}`);
    const [, start = "", count = ""] = words.map((word) => word.split("=")[1] ?? "");
    const row = `${start} ${Number(start) + Number(count) - 1} *`;
    const isNew = what === "add" ? !list.has(row) : list.has(row);
    if (!isNew || this.refused.has(`${family} ${what}`)) return this.#answer(["???"]);
    if (what === "add") list.add(row);
    else list.delete(row);
    return this.#answer(["???"], this.honest ? 0 : 1);
  }

  #answer(lines: readonly string[], exitCode = 1): NetshResult {
    return { exitCode, output: Buffer.from(lines.join("\r\n")) };
  }
}

function rowsOf(list: ReadonlySet<string>): readonly string[] {
  return ["----- -----", ...list];
}

describe("Exclusions", () => {
  it("adds a run once where both families share a list", async () => {
    const netsh = new PlayedNetsh({ shared: true });
    assert.equal(await new Exclusions(netsh).add("tcp", run), null);
    assert.deepEqual(netsh.calls, ["ipv4 add"]);
  });

  it("adds a run for each family where they have lists of their own", async () => {
    const netsh = new PlayedNetsh({ shared: false });
    assert.equal(await new Exclusions(netsh).add("tcp", run), null);
    assert.deepEqual(netsh.calls, ["ipv4 add", "ipv6 add"]);
  });

  it("undoes the first family when the second one fails", async () => {
    const netsh = new PlayedNetsh({ shared: false });
    netsh.refused.add("ipv6 add");
    assert.notEqual(await new Exclusions(netsh).add("tcp", run), null);
    assert.deepEqual(netsh.calls, ["ipv4 add", "ipv6 add", "ipv4 delete"]);
    assert.equal(netsh.lists["ipv4"]?.size, 0);
  });

  it("does not believe in a run that is not listed", async () => {
    const netsh = new PlayedNetsh({ shared: true });
    netsh.refused.add("ipv4 add");
    assert.equal((await new Exclusions(netsh).add("tcp", run))?.exitCode, 1);
    assert.deepEqual(netsh.calls, ["ipv4 add"]);
  });

  for (const shared of [true, false]) {
    it(`removes a run from ${shared ? "the shared list" : "both lists"}`, async () => {
      const netsh = new PlayedNetsh({ shared });
      const exclusions = new Exclusions(netsh);
      await exclusions.add("tcp", run);
      assert.equal(await exclusions.remove("tcp", run), null);
      assert.deepEqual([netsh.lists["ipv4"]?.size, netsh.lists["ipv6"]?.size], [0, 0]);
    });
  }

  it("says what netsh said when a run stays", async () => {
    const netsh = new PlayedNetsh({ shared: false });
    const exclusions = new Exclusions(netsh);
    await exclusions.add("tcp", run);
    netsh.refused.add("ipv6 delete");
    assert.equal(String((await exclusions.remove("tcp", run))?.output), "???");
  });

  for (const shared of [true, false]) {
    it(`believes the exit code where the lists cannot be read, of ${shared ? "one list" : "two lists"}`, async () => {
      const netsh = new PlayedNetsh({ shared });
      const exclusions = new Exclusions(netsh);
      netsh.unreadable = true;
      netsh.honest = true;
      assert.equal(await exclusions.add("tcp", run), null);
      assert.equal(await exclusions.remove("tcp", run), null);
      // Nothing of it is there any more: unknown is not removed.
      assert.equal((await exclusions.remove("tcp", run))?.exitCode, 1);
      netsh.refused.add("ipv4 add");
      assert.equal((await exclusions.add("tcp", run))?.exitCode, 1);
    });
  }

  it("names the protocol in what to run by hand", () => {
    const said = { exitCode: 1, output: Buffer.from("no") };
    assert.match(netshError("delete", "udp", run, said).message, /protocol=udp startport=20000/);
  });

  it("lists both families together, each range once", async () => {
    const netsh = new PlayedNetsh({ shared: false });
    netsh.lists["ipv4"]?.add("80 80 ").add("5000 5009 *");
    netsh.lists["ipv6"]?.add("80 80 ").add("90 99 ");
    assert.deepEqual(await new Exclusions(netsh).list("tcp"), [
      { firstPort: 80, portCount: 1, administered: false },
      { firstPort: 90, portCount: 10, administered: false },
      { firstPort: 5_000, portCount: 10, administered: true },
    ]);
  });

  it("knows nothing when netsh lists nothing that can be read", async () => {
    const netsh = new PlayedNetsh({ shared: true });
    netsh.unreadable = true;
    assert.equal(await new Exclusions(netsh).list("tcp"), null);
    assert.equal(await new Exclusions(netsh).has("tcp", run), null);
  });

  it("removes a run, or all the parts that were made of it", async () => {
    const netsh = new PlayedNetsh({ shared: true });
    const exclusions = new Exclusions(netsh);
    netsh.lists["ipv4"]?.add("20000 20003 *").add("20005 20009 *").add("20005 20009 ");
    netsh.lists["ipv4"]?.add("20010 20010 *").add("19999 20000 *");
    assert.equal(await exclusions.removeWithin("tcp", run), 2);
    assert.deepEqual(
      [...(netsh.lists["ipv4"] ?? [])],
      ["20005 20009 ", "20010 20010 *", "19999 20000 *"],
    );
    assert.equal(await exclusions.removeWithin("tcp", run), 0);
  });

  it("removes nothing, and does not say that nothing is there, when it cannot be told", async () => {
    const netsh = new PlayedNetsh({ shared: true });
    netsh.unreadable = true;
    const removal = new Exclusions(netsh).removeWithin("tcp", run);
    await assert.rejects(removal, { code: "OS_ERROR" });
    assert.deepEqual(netsh.calls, []);
  });
});
