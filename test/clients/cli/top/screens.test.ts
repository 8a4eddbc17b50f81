// The screens of `portlease top` to the letter: each state of a host at each size, as the files in screens/. After a wanted change
// PORTLEASE_WRITE_SCREENS=1 writes them anew: read the difference.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { frameOf } from "#cli/top/frame.js";
import { firstView } from "#cli/top/top-view.js";
import { displayWidth, withoutColours } from "#cli/terminal/display-width.js";
import { colourPaint } from "#cli/terminal/paint.js";
import { repositoryRoot } from "../../../support/repository.js";
import {
  block,
  canvas,
  firstMessage,
  lease,
  pool,
  screenOf,
  seenAtMs,
  usage,
  worldOf,
  worlds,
} from "./support/top-worlds.js";

const folder = join(repositoryRoot, "test", "clients", "cli", "top", "screens");
const sizes = [
  [40, 10],
  [80, 24],
  [160, 50],
] as const;

function assertScreen(name: string, screen: string): void {
  const file = join(folder, `${name}.txt`);
  if (process.env["PORTLEASE_WRITE_SCREENS"] === "1") writeFileSync(file, `${screen}\n`);
  assert.equal(`${screen}\n`, readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
}

describe("the screen of top", () => {
  for (const [name, world] of Object.entries(worlds)) {
    for (const size of sizes) {
      const [columns, rows] = size;
      it(`of a host (${name}), ${columns} by ${rows}`, () => {
        const nowMs = world.lost ? seenAtMs + 12_000 : seenAtMs;
        const screen = screenOf(world, size, {}, nowMs);
        assert.equal(screen.split("\n").length, rows);
        assertScreen(`${name.replace(" ", "-")}-${columns}x${rows}`, screen);
      });
    }
  }

  it("with the help", () => {
    for (const size of sizes) {
      const [columns, rows] = size;
      assertScreen(`help-${columns}x${rows}`, screenOf(worlds.well, size, { help: true }));
    }
  });

  it("while a filter is typed, and while paused", () => {
    const { well } = worlds;
    assertScreen("filter-80x24", screenOf(well, [80, 24], { filter: "ord", typing: "ord" }));
    const paused = { model: well, atMs: seenAtMs + 1_000 };
    assertScreen("paused-80x24", screenOf(well, [80, 24], { paused }, seenAtMs + 6_000));
  });

  it("is never wider or higher than the terminal, whatever names there are", () => {
    const wide = pool(`p${"x".repeat(62)}`, usage(3, 65_000));
    const others = Array.from({ length: 30 }, (_none, index) => pool(`pool-${index}`, usage(1, 1)));
    const model = {
      ...worldOf(
        firstMessage([wide, ...others], { host: "主机".repeat(30) }, [block(wide, 1_000)]),
      ),
      leases: {
        leases: Array.from({ length: 100 }, (_none, index) =>
          lease(
            30_000 + index,
            index % 2 === 0 ? "数据库服务".repeat(9) : "é\u0301👩‍👩‍👧".repeat(20),
            index,
          ),
        ),
        listedAtMs: seenAtMs,
      },
    };
    for (let columns = 40; columns <= 220; columns += 7) {
      for (const rows of [10, 16, 24, 60]) {
        const onto = { ...canvas(columns, rows), paint: colourPaint };
        const { lines } = frameOf(model, firstView("time-left"), onto, seenAtMs);
        assert.equal(lines.length, rows);
        for (const line of lines) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`);
      }
    }
  });

  it("is grey where it is not live, except for what says so", () => {
    const onto = { ...canvas(80, 24), paint: colourPaint };
    const view = firstView("time-left");
    const [first = "", ...rest] = frameOf(worlds.disconnected, view, onto, seenAtMs).lines;
    assert.match(withoutColours(first), /reconnecting$/);
    assert.ok(first.includes("\u001b[31m"), first);
    const grey = new Set(["\u001b[2m", "\u001b[22m"]);
    for (const line of rest.slice(0, -1)) {
      const colours = line.match(new RegExp(String.raw`${"\u001b"}\[\d+m`, "g")) ?? [];
      assert.ok(
        colours.every((colour) => grey.has(colour)),
        JSON.stringify(line),
      );
    }
  });

  it("is ASCII where the terminal shows nothing else, and as wide", () => {
    const model = {
      ...worlds.well,
      leases: { leases: [lease(1, "数据", 5)], listedAtMs: seenAtMs },
    };
    const onto = { ...canvas(40, 10), charset: "ascii" } as const;
    const { lines } = frameOf(model, firstView("port"), onto, seenAtMs);
    assert.match(lines.join("\n"), /^[ -~\n]*$/);
    assert.match(lines.join("\n"), /#---- {3}2%/);
    assert.match(lines.join("\n"), /1 {5}\?{4} {4} bound/);
  });

  it("shows everything where there are no rows to count, without what only a live view has", () => {
    const onto = { ...canvas(null, null), charset: "ascii-bars" } as const;
    const { lines } = frameOf(worlds.stranger, firstView("time-left"), onto, seenAtMs);
    assertScreen("once", lines.join("\n"));
  });
});
