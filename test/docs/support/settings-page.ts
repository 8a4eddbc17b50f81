// Holds a page of settings against a server's form: every key with its flag, and defaults and ranges that are so.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { formatDuration, parseDuration } from "#server/config/duration.js";
import { checkLayer, type SettingsForm } from "#server/config/settings-layer.js";
import type { SettingsTable } from "#server/config/settings-table.js";
import { repositoryRoot } from "../../support/repository.js";

export interface SettingsPage {
  /** In docs. */
  readonly name: string;
  readonly form: SettingsForm<unknown>;
  readonly table: SettingsTable;
  /** The configuration that comes of a file in which a key has a value; `null`: of none. */
  readonly load: (settings: unknown) => unknown;
  /** What an entry of a list needs beside the key in question. */
  readonly beside: Readonly<Record<string, Record<string, unknown>>>;
  /** Keys that cannot be written alone. */
  readonly notAlone: readonly string[];
}

interface Row {
  readonly key: string;
  readonly flag: string | null;
  readonly defaultValue: string;
  readonly range: string;
}

export function readPage(name: string): string {
  return readFileSync(join(repositoryRoot, "docs", name), "utf8");
}

function rowsOf(page: string): readonly Row[] {
  return [
    ...page.matchAll(/^\| `([\w.]+)` +\| (?:`(--[\w-]+)`)? *\| (.*?) +\| (.*?) +\| .*\|$/gm),
  ].map(([, key = "", flag = null, defaultValue = "", range = ""]): Row => {
    return { key, flag, defaultValue, range };
  });
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

/** To be called within a describe. */
export function itHoldsSettings({ name, form, table, load, beside, notAlone }: SettingsPage): void {
  const page = readPage(name);
  const rows = rowsOf(page);

  /** The settings in which the key has the value and nothing else is said. */
  const settingsWith = (key: string, value: unknown): unknown => {
    const keys = key.split(".");
    return keys.reduceRight<unknown>((inner, word, index) => {
      const group = keys.slice(0, index).join(".");
      const entry = { ...beside[group], [word]: inner };
      return group in beside ? [entry] : entry;
    }, value);
  };
  const problemsOf = (key: string, value: unknown): readonly string[] => {
    const settings = settingsWith(key, value);
    const { problems } = checkLayer(settings, () => ({ kind: "default" }), form);
    return problems.map(({ message }) => message);
  };
  const isValid = (key: string, value: unknown): boolean => problemsOf(key, value).length === 0;

  it("has every key once, and no other", () => {
    const groups = Object.keys(form.knownKeys);
    const keys = Object.entries(form.knownKeys)
      .flatMap(([group, names]) => names.map((word) => (group === "" ? word : `${group}.${word}`)))
      .filter((key) => !groups.includes(key));
    assert.deepEqual(rows.map(({ key }) => key).toSorted(), keys.toSorted());
  });

  it("has every flag beside its key, and tells of every variable", () => {
    const flags = rows.flatMap(({ key, flag }) => (flag === null ? [] : [`${key} ${flag}`]));
    const { settings, foreignVariables, configVariable } = table;
    const actual = settings.map(({ path, flag }) => `${path.replace(".default.", ".")} ${flag}`);
    assert.deepEqual(flags.toSorted(), actual.toSorted());
    const named = [...page.matchAll(/PORTLEASE_[A-Z_]*[A-Z]/g)].map(([variable]) => variable);
    const known = [...settings.map(({ variable }) => variable), ...foreignVariables];
    for (const variable of named) {
      // The beginning that all have.
      if (`${variable}_` === table.prefix) continue;
      assert.ok([...known, configVariable].includes(variable), variable);
    }
  });

  for (const { key, defaultValue, range } of rows) {
    const given = literal(defaultValue);
    if (given !== null && !notAlone.includes(key)) {
      it(`has the default of ${key}: writing it changes nothing`, () => {
        assert.deepEqual(load(settingsWith(key, given.value)), load(null));
      });
    }
    const [, low, high] = /^(`[^`]+`) to (`[^`]+`)(?:, or `[^`]+`)?$/.exec(range) ?? [];
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
}
