// Finds and reads the configuration file (YAML, of which JSON is a part) and knows the line of each key.
// What the keys mean is for the schema.

import { posix, win32 } from "node:path";
import { isCollection, LineCounter, parseDocument, type Document } from "yaml";
import type { ConfigProblem, SettingSource } from "./config-error.js";
import type { ConfigWorld } from "./config-world.js";
import type { KeyPath } from "./settings-layer.js";

export interface ConfigFile {
  readonly path: string;
  /** The content as plain values; `null` for an empty file. */
  readonly content: unknown;
  readonly sourceOf: (path: KeyPath) => SettingSource;
}

export type FileRead =
  | { readonly state: "read"; readonly file: ConfigFile }
  | { readonly state: "none" }
  | { readonly state: "failed"; readonly problem: ConfigProblem };

/** The well-known places, in the order in which they are looked at; the first file that exists is the one. `name`: "config.yaml". */
export function wellKnownFiles(world: ConfigWorld, name: string): readonly string[] {
  if (world.platform === "win32") {
    const programData = world.environment["ProgramData"] || "C:\\ProgramData";
    return [win32.join(programData, "portlease", name)];
  }
  const configured = world.environment["XDG_CONFIG_HOME"];
  // The XDG specification says to ignore paths that are not absolute:
  // https://specifications.freedesktop.org/basedir-spec/latest/
  const home =
    configured !== undefined && posix.isAbsolute(configured)
      ? configured
      : posix.join(world.homeDirectory, ".config");
  return [posix.join(home, "portlease", name), `/etc/portlease/${name}`];
}

/** Reads the file that was asked for, which must exist, or else the first well-known one of that name, which need not. */
export function readConfig(
  asked: { readonly path: string; readonly source: SettingSource } | null,
  name: string,
  world: ConfigWorld,
): FileRead {
  const paths = asked === null ? wellKnownFiles(world, name) : [asked.path];
  for (const path of paths) {
    const read = readOne(path, world);
    if (read.state !== "none") return read;
  }
  if (asked === null) return { state: "none" };
  const message = `there is no file ${asked.path}; create it or give the path of an existing one`;
  const problem = { code: "FILE_UNREADABLE", source: asked.source, path: "", message } as const;
  return { state: "failed", problem };
}

function readOne(path: string, world: ConfigWorld): FileRead {
  const failed = (code: ConfigProblem["code"], line: number | null, message: string): FileRead => ({
    state: "failed",
    problem: { code, source: { kind: "file", file: path, line }, path: "", message },
  });
  let text: string;
  try {
    const bytes = world.readFile(path);
    if (bytes === null) return { state: "none" };
    text = decode(bytes);
  } catch (error) {
    return failed("FILE_UNREADABLE", null, `the file cannot be read: ${(error as Error).message}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = lines.linePos(error.pos[0]).line;
    return failed("FILE_SYNTAX", line, `this is no valid YAML or JSON: ${error.message}`);
  }
  try {
    const content: unknown = document.toJS();
    const sourceOf = (keys: KeyPath): SettingSource => ({
      kind: "file",
      file: path,
      line: lineOf(document, lines, keys),
    });
    return { state: "read", file: { path, content, sourceOf } };
  } catch (aliasError) {
    return failed("FILE_SYNTAX", null, `the file has too many aliases: ${String(aliasError)}`);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 (PowerShell writes UTF-16 unless told -Encoding utf8)");
  }
}

/** The line of a key, or of the nearest group around it that is written in the file. */
function lineOf(document: Document, lines: LineCounter, keys: KeyPath): number | null {
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const key of keys) {
    if (!isCollection(node)) break;
    const found = node.items.find((item, index) =>
      typeof key === "number" ? index === key : String(keyOf(item)) === key,
    );
    const position = positionOf(found);
    if (position !== null) offset = position;
    node = node.get(key, true);
  }
  return offset === null ? null : lines.linePos(offset).line;
}

function keyOf(item: unknown): unknown {
  const key = (item as { key?: unknown } | null)?.key;
  return (key as { value?: unknown } | null | undefined)?.value ?? key;
}

/** A pair is where its key is, a list entry where it begins. */
function positionOf(item: unknown): number | null {
  const key = (item as { key?: unknown } | null | undefined)?.key;
  const node = (key ?? item) as { range?: readonly number[] | null } | null | undefined;
  return node?.range?.[0] ?? null;
}
