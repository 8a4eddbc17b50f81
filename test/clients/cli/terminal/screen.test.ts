// A screen that is drawn again and again, and what it leaves behind.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { control } from "#cli/terminal/control.js";
import { Screen } from "#cli/terminal/screen.js";

class FakeStream extends EventEmitter {
  readonly isTTY = true;
  columns = 20;
  rows = 3;
  written = "";

  write(text: string): void {
    this.written += text;
  }
}

describe("Screen", () => {
  it("takes a screen of its own and gives the terminal back as it was", () => {
    const stream = new FakeStream();
    const screen = new Screen(stream, {});
    screen.open(() => undefined);
    screen.draw(["one", "two"]);
    screen.close();
    assert.ok(stream.written.startsWith(control.enterOwnScreen + control.hideCursor));
    assert.ok(stream.written.endsWith(control.showCursor + control.leaveOwnScreen));
    assert.equal(stream.listenerCount("resize"), 0);
  });

  it("gives it back when the process exits, and only once", () => {
    const stream = new FakeStream();
    const before = process.listenerCount("exit");
    const screen = new Screen(stream, {});
    screen.open(() => undefined);
    assert.equal(process.listenerCount("exit"), before + 1);
    screen.close();
    screen.close();
    assert.equal(process.listenerCount("exit"), before);
    assert.equal(stream.written.split(control.leaveOwnScreen).length, 2);
  });

  it("shows no more lines than fit, and writes only those that have changed", () => {
    const stream = new FakeStream();
    const screen = new Screen(stream, {});
    screen.open(() => undefined);
    const written = (lines: readonly string[]): string => {
      stream.written = "";
      screen.draw(lines);
      return stream.written;
    };
    const end = control.clearToEndOfLine;
    const [first, second, third] = [1, 2, 3].map((row) => control.toRow(row));
    const whole = `${control.home}${control.clearBelow}${first}a${end}${second}b${end}${third}c${end}`;
    assert.equal(written(["a", "b", "c", "d"]), whole);
    assert.equal(written(["a", "x", "c", "d"]), `${second}x${end}`);
    assert.equal(written(["a", "x", "c", "d"]), "");
    assert.equal(written(["a"]), second + control.clearBelow);
    screen.forget();
    assert.equal(written(["a", "b", "c"]), whole);
    screen.close();
  });

  it("does not clear the last character of a full line", () => {
    const stream = new FakeStream();
    const screen = new Screen(stream, {});
    screen.open(() => undefined);
    screen.draw(["x".repeat(stream.columns)]);
    assert.ok(stream.written.endsWith("x"));
    screen.close();
  });

  it("tells of another size, and leaves the last view behind where asked", () => {
    const stream = new FakeStream();
    const screen = new Screen(stream, {});
    let resized = 0;
    screen.open(() => (resized += 1));
    stream.columns = 10;
    stream.emit("resize");
    assert.deepEqual([resized, screen.display.columns], [1, 10]);
    screen.draw(["last"]);
    screen.close(true);
    assert.ok(stream.written.endsWith(`${control.leaveOwnScreen}last\n`));
  });
});
