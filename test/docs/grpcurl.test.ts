// docs/grpcurl.md against the recipes that it is made of, and the recipes against the services. That they run:
// test/e2e/grpcurl-recipes.deep.test.ts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FleetServiceService } from "@portlease/proto/portlease/v1/fleet_service.js";
import fastCheck from "fast-check";
import { format, resolveConfig } from "prettier";
import { neededRoles } from "#server/access/method-roles.js";
import { everyMethod } from "../support/access-matrix.js";
import { repositoryRoot } from "../support/repository.js";
import { grpcurlPage } from "../support/recipes/grpcurl-page.js";
import { recipes } from "../support/recipes/grpcurl-recipes.js";
import { quoteForBash, quoteForCmd, quoteForPowerShell } from "../support/recipes/shell-quoting.js";

/** Sockets cannot be handed to grpcurl, and sessions are for programs. */
const forPrograms = ["TransferSocket", "ConfirmTransfer", "Session"];

describe("docs/grpcurl.md", () => {
  it("is what scripts/gen-grpcurl.mjs makes of the recipes", async () => {
    const path = join(repositoryRoot, "docs", "grpcurl.md");
    const options = await resolveConfig(path);
    const made = await format(grpcurlPage(), { ...options, parser: "markdown" });
    assert.equal(readFileSync(path, "utf8"), made);
  });

  it("has a recipe for every method that an operator may call", () => {
    const called = new Set(recipes.map(({ method }) => method));
    const missing = [...everyMethod, ...Object.values(FleetServiceService)]
      .map(({ path }) => path.replace("/portlease.v1.", ""))
      .filter((method) => !called.has(method))
      .map((method) => method.slice(method.indexOf("/") + 1));
    assert.deepEqual(missing.toSorted(), [...forPrograms].toSorted());
  });

  it("sends the admin token where it is needed, and nowhere else", () => {
    for (const { method, admin } of recipes) {
      const needed: readonly string[] = neededRoles(`/portlease.v1.${method}`) ?? [];
      assert.equal(admin === true, needed.includes("admin"), method);
    }
  });
});

describe("the quoting of words for shells", () => {
  const word = fastCheck.string({ unit: "grapheme-ascii" }).filter((text) => !text.includes("%"));

  it("gives a program of Windows every word as it was, by way of cmd", () => {
    fastCheck.assert(
      fastCheck.property(fastCheck.array(word, { minLength: 1 }), (words) => {
        const given = words.filter((text) => text !== "");
        const line = given.map(quoteForCmd).join(" ");
        assert.deepEqual(argumentsOf(afterCmd(line)), given);
      }),
    );
    assert.throws(() => quoteForCmd("%PATH%"));
  });

  it("is as little as is needed", () => {
    assert.equal(quoteForCmd('{ "a": "b > c" }'), String.raw`"{ \"a\": \"b ^> c\" }"`);
    assert.equal(quoteForBash("it's"), String.raw`'it'\''s'`);
    assert.equal(quoteForBash("a/b:1"), "a/b:1");
    assert.equal(quoteForPowerShell('it\'s "so"'), `'it''s "so"'`);
  });
});

/** What cmd hands to a program: carets outside of quotes are gone, and nothing with a meaning may be left there. */
function afterCmd(line: string): string {
  let [quoted, left] = [false, ""];
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === '"') quoted = !quoted;
    if (!quoted && character === "^") {
      at += 1;
      left += line.charAt(at);
      continue;
    }
    assert.ok(quoted || !/[&|<>()]/.test(character), `${character} at ${at} of ${line}`);
    left += character;
  }
  return left;
}

/** https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments */
function argumentsOf(line: string): readonly string[] {
  const found: string[] = [];
  let [word, quoted, begun] = ["", false, false];
  for (let at = 0; at < line.length;) {
    const [backslashes = ""] = /^\\*/.exec(line.slice(at)) ?? [];
    at += backslashes.length;
    const isQuote = line.charAt(at) === '"';
    word += "\\".repeat(isQuote ? backslashes.length >> 1 : backslashes.length);
    begun ||= backslashes !== "";
    if (at >= line.length) break;
    if (isQuote && backslashes.length % 2 === 1) word += '"';
    else if (isQuote) quoted = !quoted;
    else if (line.charAt(at) === " " && !quoted) {
      if (begun) found.push(word);
      [word, begun] = ["", false];
      at += 1;
      continue;
    } else word += line.charAt(at);
    begun = true;
    at += 1;
  }
  return begun ? [...found, word] : found;
}
