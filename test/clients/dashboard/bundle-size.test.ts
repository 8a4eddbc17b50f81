// The dashboards are small: they are read over slow lines to hosts far away, and by every operator who opens a page.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { repositoryRoot } from "../../support/repository.js";

/** Of program and style together, as they are sent. Half of it is uPlot and Preact. */
const gzipBytesMax = 65_000;

for (const { what, name, server } of [
  { what: "dashboard of a host", name: "dashboard", server: "broker" },
  { what: "dashboard of the fleet", name: "fleet-dashboard", server: "fleet server" },
]) {
  const folder = join(repositoryRoot, "dist", "clients", name);

  /** What was shipped in a file, by its end. */
  const files = (extension: string): readonly string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => extname(file) === extension)
      .map((file) => readFileSync(join(folder, file), "utf8"));

  describe(`the built ${what}`, () => {
    it(`is below ${gzipBytesMax / 1_000} kB, compressed`, () => {
      const sizes = [...files(".js"), ...files(".css")].map((text) => gzipSync(text).length);
      const sum = sizes.reduce((total, size) => total + size, 0);
      assert.ok(sum > 0 && sum < gzipBytesMax, `${sum} bytes`);
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

    it(`has its files where the ${server} looks for them`, () => {
      assert.ok(existsSync(join(folder, "index.html")));
      assert.ok(existsSync(join(folder, "assets")));
    });
  });
}
