// What keys do to the view of `portlease top`, and which leases it shows.

import assert from "node:assert/strict";
import { leaseRows, type SortKey } from "#cli/top/lease-rows.js";
import { topKey } from "#cli/top/terminal-keys.js";
import { terminalCharset } from "#cli/top/charset.js";
import { firstView, press, type TopKey, type TopView } from "#cli/top/top-view.js";
import { lease, leases, screenOf, seenAtMs, worlds } from "./support/top-worlds.js";

const { well: model } = worlds;
const pressed = { model, nowMs: seenAtMs, leaseSpace: 4, leaseCount: 10 };

/** Single characters are typed, words are keys. */
function after(keys: readonly string[], from: TopView = firstView("time-left")): TopView {
  return keys.reduce((view, key) => press(view, keyOf(key), pressed).view, from);
}

function keyOf(key: string): TopKey {
  return key.length === 1
    ? { name: "text", text: key }
    : { name: key as Exclude<TopKey["name"], "text"> };
}

describe("the keys of top", () => {
  it("sort by time left, port, service, and around", () => {
    const orders = ["s", "s", "s"].map((_key, index, all) => after(all.slice(0, index + 1)).sort);
    assert.deepEqual(orders, ["port", "service", "time-left"]);
  });

  it("filter while one types; Enter keeps it, Backspace takes back, Esc shows all", () => {
    const typed = after(["/", "o", "q", "backspace", "r"]);
    assert.deepEqual([typed.filter, typed.typing], ["or", "or"]);
    const kept = after(["enter"], typed);
    assert.deepEqual([kept.filter, kept.typing], ["or", null]);
    assert.equal(after(["/", "d"], kept).filter, "ord");
    for (const view of [after(["escape"], typed), after(["escape"], kept)]) {
      assert.deepEqual([view.filter, view.typing], ["", null]);
    }
  });

  it("scroll as far as there is something, by rows and pages", () => {
    assert.equal(after(["down", "down", "up"]).scroll, 1);
    assert.equal(after(["page-down"]).scroll, 4);
    assert.equal(after(["page-down", "page-down", "down"]).scroll, 6);
    assert.equal(after(["up"]).scroll, 0);
    assert.deepEqual([after(["end"]).scroll, after(["end", "home"]).scroll], [6, 0]);
    assert.equal(after(["down"], { ...firstView("port"), scroll: 99 }).scroll, 6);
  });

  it("pause what is shown, and go on", () => {
    const paused = after(["p"]);
    assert.deepEqual(paused.paused, { model, atMs: seenAtMs });
    assert.equal(after(["p"], paused).paused, null);
    const later = { ...worlds.full, heardAtMs: seenAtMs + 5_000 };
    const screen = screenOf(later, [80, 24], paused, seenAtMs + 5_000);
    assert.match(screen, /paused for 5s\nAll well/);
    assert.match(screen, / 9s {2}20002/);
    const lost = screenOf({ ...later, lost: true }, [80, 24], paused, seenAtMs + 6_000);
    assert.match(lost, /1s old, reconnecting\nWas: Full/);
  });

  it("ask for what is not a matter of looks", () => {
    const action = (key: string, view = firstView("port")) =>
      press(view, keyOf(key), pressed).action;
    assert.deepEqual(
      ["q", "r", "interrupt", "suspend", "redraw", "x"].map((key) => action(key)),
      ["quit", "refresh", "interrupt", "suspend", "redraw", null],
    );
    const typing = after(["/"]);
    assert.deepEqual(
      ["q", "interrupt"].map((key) => action(key, typing)),
      [null, "interrupt"],
    );
    const help = after(["?"]);
    assert.deepEqual(
      [help.help, after(["s"], help).help, after(["s"], help).sort],
      [true, false, "time-left"],
    );
    assert.equal(action("q", help), "quit");
  });

  it("are those that terminals send", () => {
    const text = (letter: string) => ({ name: "text", text: letter });
    assert.deepEqual(topKey("/", {}), text("/"));
    assert.deepEqual(topKey("ü", {}), text("ü"));
    assert.deepEqual(topKey("\u0003", { name: "c", ctrl: true }), { name: "interrupt" });
    assert.deepEqual(topKey(undefined, { name: "pageup" }), { name: "page-up" });
    assert.deepEqual(topKey("\r", { name: "return" }), { name: "enter" });
    for (const none of [
      topKey("\u001bx", { name: "x", meta: true }),
      topKey("\u0001", { name: "a", ctrl: true }),
      topKey(undefined, { name: "f1" }),
    ]) {
      assert.equal(none, null);
    }
  });
});

describe("the leases of top", () => {
  const list = { leases, listedAtMs: seenAtMs };
  const ports = (sort: SortKey, filter = "", laterMs = 0): readonly number[] =>
    leaseRows(list, { sort, filter }, seenAtMs + laterMs).map((row) => row.lease.port);

  it("are in the order that was asked for", () => {
    assert.deepEqual(ports("time-left"), [20_002, 20_001, 20_004]);
    assert.deepEqual(ports("port"), [20_001, 20_002, 20_004]);
    assert.deepEqual(ports("service"), [20_004, 20_001, 20_002]);
  });

  it("stay in their places when they have the same second left", () => {
    const close = [lease(2, "b", 9), lease(1, "a", 9, { remaining: { seconds: 9n, nanos: 9 } })];
    const rows = leaseRows({ leases: close, listedAtMs: 0 }, { sort: "time-left", filter: "" }, 0);
    assert.deepEqual(
      rows.map((row) => row.lease.port),
      [1, 2],
    );
  });

  it("are those with every word somewhere, in any case", () => {
    assert.deepEqual(ports("port", "ORD blue"), [20_001]);
    assert.deepEqual(ports("port", "leased"), [20_002]);
    assert.deepEqual(ports("port", "20004-2"), [20_004]);
    assert.deepEqual(ports("port", "nobody"), []);
  });

  it("have less and less time left, and never less than none", () => {
    const left = (laterMs: number) =>
      leaseRows(list, { sort: "port", filter: "" }, seenAtMs + laterMs).map(({ leftMs }) => leftMs);
    assert.deepEqual(left(2_500), [18_500, 6_500, 3_722_500]);
    assert.deepEqual(left(60_000).slice(0, 2), [0, 0]);
  });
});

describe("what a terminal can show", () => {
  it("is what the first of the locale's variables says", () => {
    const says = (environment: Readonly<Record<string, string>>) =>
      terminalCharset(environment, "linux");
    assert.equal(says({ LANG: "en_US.UTF-8" }), "unicode");
    assert.equal(says({ LC_ALL: "C", LANG: "en_US.UTF-8" }), "ascii");
    assert.equal(says({ LC_ALL: "", LC_CTYPE: "C.utf8", LANG: "C" }), "unicode");
    assert.equal(says({}), "ascii");
    assert.equal(terminalCharset({}, "win32"), "unicode");
  });
});
