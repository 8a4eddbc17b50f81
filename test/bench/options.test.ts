import assert from "node:assert/strict";
import { type BenchOptions, readOptions, sectionNames, UsageError } from "../../bench/options.js";
import { rowNames } from "../../bench/rows/rows.js";
import { sections } from "../../bench/sections/sections.js";

function options(...words: readonly string[]): BenchOptions {
  const read = readOptions(words);
  assert.ok(read !== null);
  return read;
}

describe("the options of the benchmark", () => {
  it("ask for everything when nothing is said", () => {
    const all = options();
    assert.deepEqual(all.sections, sectionNames);
    assert.deepEqual(all.rows, rowNames);
    assert.deepEqual(all.clients, ["js", "native"]);
    assert.deepEqual(all.concurrencies, [1, 16, 64, 256]);
    assert.equal(all.leases, 60_000);
  });

  it("name the sections that there are, in their order", () => {
    assert.deepEqual(
      sections.map(({ name }) => name),
      sectionNames,
    );
  });

  it("take a row for its section, and nothing else of that", () => {
    const one = options("--only", "unary-pair");
    assert.deepEqual([one.sections, one.rows], [["calls"], ["unary-pair"]]);
    const list = options("--only", "list");
    assert.deepEqual([list.sections, list.rows], [["listing"], ["list"]]);
  });

  it("take a section for all of its rows", () => {
    const calls = options("--only", "calls", "--only", "expiry");
    assert.deepEqual(calls.sections, ["calls", "expiry"]);
    assert.deepEqual(
      calls.rows,
      rowNames.filter((name) => name !== "list"),
    );
    assert.deepEqual(options("--only", "picking").rows, []);
  });

  it("are smaller for a quick run, and smallest for a smoke test, unless told otherwise", () => {
    const [usual, quick, smoke] = [options(), options("--quick"), options("--smoke")];
    for (const name of ["rounds", "measureMs", "leases"] as const) {
      assert.ok(usual[name] > quick[name] && quick[name] > smoke[name], name);
    }
    assert.equal(options("--smoke", "--rounds", "7").rounds, 7);
  });

  it("refuse what there is not, and say what there is", () => {
    const refused = (...words: readonly string[]): string => {
      try {
        readOptions(words);
      } catch (error) {
        assert.ok(error instanceof UsageError);
        return error.message;
      }
      return assert.fail("nothing was refused");
    };
    assert.match(refused("--only", "session"), /full-broker.*session-pair/s);
    assert.match(refused("--client", "c++"), /js, native/);
    assert.match(refused("--concurrency", "257"), /1 to 256/);
    assert.match(refused("--rounds", "1.5"), /whole number/);
    assert.match(refused("--leases", ""), /number from/);
    assert.match(refused("--peers"), /--peers/);
  });

  it("give nothing to do to who asks for help", () => {
    assert.equal(readOptions(["--help"]), null);
  });
});
