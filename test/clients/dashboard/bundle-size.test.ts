// The dashboard is small: it is read over slow lines to hosts far away, and by every operator who opens a page.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { repositoryRoot } from "../../support/repository.js";

const folder = join(repositoryRoot, "dist", "clients", "dashboard");

/** Of program and style together, as they are sent. Half of it is uPlot and Preact. */
const gzipBytesMax = 65_000;

/** What was shipped in a file, by its end. */
function files(extension: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => extname(name) === extension)
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

describe("the built dashboard", () => {
  it(`is below ${gzipBytesMax / 1_000} kB, compressed`, () => {
    const sizes = [...files(".js"), ...files(".css")].map((text) => gzipSync(text).length);
    const sum = sizes.reduce((total, size) => total + size, 0);
    assert.ok(sum < gzipBytesMax, `${sum} bytes`);
  });

  it("loads nothing from elsewhere", () => {
    for (const text of [...files(".html"), ...files(".css")]) {
      assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\/|url\((?:https?:)?\/\/|@import/);
    }
  });

  it("has no script and no style within the page, which its content security policy refuses", () => {
    for (const text of files(".html")) {
      assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=/);
      assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)/);
    }
  });

  it("has its files where the broker looks for them", () => {
    assert.ok(existsSync(join(folder, "index.html")));
    assert.ok(existsSync(join(folder, "assets")));
  });
});
