// How facts are tried: one after another, everything undone after each, also when one fails or the doctor is interrupted.

import assert from "node:assert/strict";
import { Cleanup } from "#native/doctor/cleanup.js";
import { DoctorContext } from "#native/doctor/doctor-context.js";
import { type Fact, no, yes } from "#native/doctor/fact.js";
import { runFacts } from "#native/doctor/run-facts.js";
import type { Probe } from "#native/doctor/probe.js";

function setUp() {
  const log: string[] = [];
  const here = { closeAll: () => Promise.resolve(void log.push("sockets closed")) };
  const context = new DoctorContext(here as unknown as Probe, new Cleanup(), () =>
    Promise.reject(new Error("no other process here")),
  );
  return { log, context, never: new AbortController().signal };
}

function fact(id: string, run: Fact<DoctorContext>["run"]): Fact<DoctorContext> {
  return { id, title: id, neededBy: [], source: "test", run };
}

describe("Trying facts", () => {
  it("reports each with what was seen, in order", async () => {
    const { context, never } = setUp();
    const told: string[] = [];
    const facts = [
      fact("a", () => Promise.resolve(yes("good"))),
      fact("b", () => Promise.resolve(no("bad"))),
    ];
    const { reports } = await runFacts(facts, context, never, ({ id }) => told.push(id));
    assert.deepEqual(
      reports.map(({ id, result, seen }) => `${id} ${result} ${seen}`),
      ["a yes good", "b no bad"],
    );
    assert.deepEqual(told, ["a", "b"]);
  });

  it("undoes everything of a fact before the next one, in reverse, after its sockets are closed", async () => {
    const { log, context, never } = setUp();
    const facts = [
      fact("a", ({ cleanup }) => {
        cleanup.add("first", () => void log.push("first undone"));
        cleanup.add("second", () => void log.push("second undone"));
        return Promise.resolve(yes(""));
      }),
      fact("b", () => Promise.resolve(yes(String(log.push("b"))))),
    ];
    await runFacts(facts, context, never);
    assert.deepEqual(log, [
      "sockets closed",
      "second undone",
      "first undone",
      "b",
      "sockets closed",
    ]);
  });

  it("says unknown for a fact that fails, undoes what it did, and goes on", async () => {
    const { log, context, never } = setUp();
    const facts = [
      fact("a", ({ cleanup }) => {
        cleanup.add("it", () => void log.push("undone"));
        return Promise.reject(new Error("the wires are crossed"));
      }),
      fact("b", () => Promise.resolve(yes(""))),
    ];
    const { reports } = await runFacts(facts, context, never);
    assert.deepEqual(
      reports.map(({ result }) => result),
      ["unknown", "yes"],
    );
    assert.match(reports[0]?.seen ?? "", /could not be tried: the wires are crossed/);
    assert.deepEqual(log, ["sockets closed", "undone", "sockets closed"]);
  });

  it("tells what could not be undone, and undoes the rest", async () => {
    const { log, context, never } = setUp();
    const failing = fact("a", ({ cleanup }) => {
      cleanup.add("the other", () => void log.push("undone"));
      cleanup.add("the reservation 20000", () => {
        throw new Error("ERROR_ACCESS_DENIED 5");
      });
      return Promise.resolve(yes(""));
    });
    const { leftovers } = await runFacts([failing], context, never);
    assert.deepEqual(leftovers, ["the reservation 20000: Error: ERROR_ACCESS_DENIED 5"]);
    assert.deepEqual(log, ["sockets closed", "undone"]);
  });

  it("finishes and undoes the fact under way when it is interrupted, and skips the rest", async () => {
    const { log, context } = setUp();
    const interrupt = new AbortController();
    const facts = [
      fact("a", async ({ cleanup }) => {
        cleanup.add("it", () => void log.push("undone"));
        interrupt.abort();
        await Promise.resolve();
        return yes("");
      }),
      fact("b", () => Promise.resolve(no("it was tried"))),
    ];
    const { reports } = await runFacts(facts, context, interrupt.signal);
    assert.deepEqual(
      reports.map(({ result }) => result),
      ["yes", "skipped"],
    );
    assert.ok(log.includes("undone"));
  });
});

describe("Cleaning up at the last moment", () => {
  it("undoes everything at once, in reverse, whatever fails", () => {
    const log: string[] = [];
    const cleanup = new Cleanup();
    cleanup.add("a", () => void log.push("a"));
    cleanup.add("b", () => {
      throw new Error("no");
    });
    cleanup.add("c", () => void log.push("c"));
    cleanup.runNow();
    cleanup.runNow();
    assert.deepEqual(log, ["c", "a"]);
  });
});
