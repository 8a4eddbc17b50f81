// docs/configuration.md against the schema: every key with its flag, and defaults and ranges that are so.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { configVariable, foreignVariables, settings } from "#server/config/settings.js";
import { checkLayer } from "#server/config/settings-layer.js";
import { brokerForm, knownKeys } from "#server/config/settings-schema.js";
import { formatDuration, parseDuration } from "#server/config/duration.js";
import { reloadRules } from "#server/reload/reload-rules.js";
import { load } from "../support/config-world.js";
import { repositoryRoot } from "../support/repository.js";

const page = readFileSync(join(repositoryRoot, "docs", "configuration.md"), "utf8");

interface Row {
  readonly key: string;
  readonly flag: string | null;
  readonly defaultValue: string;
  readonly range: string;
}

const rows = [
  ...page.matchAll(/^\| `([\w.]+)` +\| (?:`(--[\w-]+)`)? *\| (.*?) +\| (.*?) +\| .*\|$/gm),
].map(([, key = "", flag = null, defaultValue = "", range = ""]): Row => {
  return { key, flag, defaultValue, range };
});

/** What an entry of a list needs beside the key in question. */
const beside: Readonly<Record<string, Record<string, unknown>>> = {
  tokens: { name: "a", role: "viewer", file: "a.token" },
  "tls.identities": { match: "DNS:a", role: "viewer" },
  pools: { name: "default" },
  "pools.pins": { port: 20_000, service: "a" },
};

/** The settings in which the key has the value and nothing else is said. */
function settingsWith(key: string, value: unknown): unknown {
  const keys = key.split(".");
  return keys.reduceRight<unknown>((inner, name, index) => {
    const group = keys.slice(0, index).join(".");
    const entry = { ...beside[group], [name]: inner };
    return group in beside ? [entry] : entry;
  }, value);
}

function problemsOf(key: string, value: unknown): readonly string[] {
  const { problems } = checkLayer(
    settingsWith(key, value),
    () => ({ kind: "default" }),
    brokerForm,
  );
  return problems.map(({ message }) => message);
}

function isValid(key: string, value: unknown): boolean {
  return problemsOf(key, value).length === 0;
}

/** The value in code marks, as a configuration file would have it; `null` for prose. */
function literal(cell: string): { readonly value: unknown } | null {
  const text = /^`([^`]+)`$/.exec(cell)?.[1];
  return text === undefined ? null : { value: parse(text) as unknown };
}

function justBeyond(value: unknown, direction: 1 | -1): unknown {
  if (typeof value === "number" && value !== 0) return value + direction;
  if (typeof value === "number") return direction;
  const ms = parseDuration(String(value)) ?? Number.NaN;
  return formatDuration(ms + direction);
}

describe("docs/configuration.md", () => {
  it("has every key once, and no other", () => {
    const groups = Object.keys(knownKeys);
    const keys = Object.entries(knownKeys)
      .flatMap(([group, names]) => names.map((name) => (group === "" ? name : `${group}.${name}`)))
      .filter((key) => !groups.includes(key));
    assert.deepEqual(rows.map(({ key }) => key).toSorted(), keys.toSorted());
  });

  it("has every flag beside its key, and tells of every variable", () => {
    const flags = rows.flatMap(({ key, flag }) => (flag === null ? [] : [`${key} ${flag}`]));
    const actual = settings.map(({ path, flag }) => `${path.replace(".default.", ".")} ${flag}`);
    assert.deepEqual(flags.toSorted(), actual.toSorted());
    const named = [...page.matchAll(/PORTLEASE_[A-Z_]+/g)].map(([name]) => name);
    const known = [...settings.map(({ variable }) => variable), ...foreignVariables];
    for (const name of named) assert.ok([...known, configVariable].includes(name), name);
  });

  for (const { key, defaultValue, range } of rows) {
    const given = literal(defaultValue);
    if (given !== null && key !== "pools.name") {
      it(`has the default of ${key}: writing it changes nothing`, () => {
        const file = JSON.stringify(settingsWith(key, given.value));
        assert.deepEqual(load({ file }).config, load().config);
      });
    }
    const [, low, high] = /^(`[^`]+`) to (`[^`]+`)$/.exec(range) ?? [];
    const [lowest, highest] = [literal(low ?? ""), literal(high ?? "")];
    if (lowest !== null && highest !== null) {
      it(`has the range of ${key}`, () => {
        assert.ok(isValid(key, lowest.value) && isValid(key, highest.value));
        assert.ok(!isValid(key, justBeyond(highest.value, 1)));
        assert.ok(lowest.value === 0 || !isValid(key, justBeyond(lowest.value, -1)));
      });
    }
    const words = [...range.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
    if (/^`[^`]+`(?:, `[^`]+`)+$/.test(range)) {
      it(`has the words of ${key}`, () => {
        for (const word of words) assert.ok(isValid(key, word), word);
        const [message = ""] = problemsOf(key, "another");
        const all = /must be one of (.*)$/.exec(message)?.[1]?.split(", ") ?? ["true", "false"];
        assert.deepEqual(words.toSorted(), all.toSorted());
      });
    }
  }

  it("has every setting that needs a restart, and why", () => {
    const [, reload = ""] = /^## Reload$([\s\S]*?)^## /m.exec(page) ?? [];
    const told = [...reload.matchAll(/^\| `([\w.]+)` +\| (.*?) +\|$/gm)].map(
      ([, key = "", why = ""]) => [key, why.replaceAll("`", '"')],
    );
    const needed = Object.entries(reloadRules).flatMap(([key, rule]) =>
      rule === "at once" ? [] : [[key, rule.restart]],
    );
    assert.deepEqual(told, needed);
  });

  it("has a file that a broker takes", () => {
    const file = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1];
    const { config } = load({ file: file ?? "" });
    assert.deepEqual(
      config.pools.map(({ name, size, sizeMax }) => [name, size, sizeMax]),
      [
        ["default", 256, 1_024],
        ["gateways", 64, 64],
        ["dns", 16, 16],
      ],
    );
  });
});
