// What can be wrong with a configuration, and where each value came from. All problems of a start are told at once.

/** Where a value comes from. */
export type SettingSource =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "environment"; readonly variable: string }
  /** `line` counts from 1; `null` when the value has no place of its own in the file. */
  | { readonly kind: "file"; readonly file: string; readonly line: number | null }
  | { readonly kind: "default" };

export type ConfigProblemCode =
  /** The file does not exist though it was asked for, or cannot be read. */
  | "FILE_UNREADABLE"
  /** The file is no YAML or JSON. */
  | "FILE_SYNTAX"
  /** A key or variable that portlease does not know. */
  | "KEY_UNKNOWN"
  /** A value of the wrong type or out of range, or a missing one. */
  | "VALUE_INVALID"
  /** Values that are valid each, but not together. */
  | "VALUES_CONFLICT";

export interface ConfigProblem {
  readonly code: ConfigProblemCode;
  readonly source: SettingSource;
  /** The path of the key, such as "pools[0].size"; empty when the problem is the whole source. */
  readonly path: string;
  /** What is wrong, with the value, and what to do; without the source. */
  readonly message: string;
}

/** `message` lists every problem with its source, one per line. `code` is the first problem's. */
export class ConfigError extends Error {
  readonly code: ConfigProblemCode;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    const lines = problems.map(
      (problem) => `${describeSource(problem.source)}: ${problem.message}`,
    );
    super(
      lines.length === 1
        ? `the configuration is not valid: ${lines[0]}`
        : `the configuration has ${lines.length} problems:\n  ${lines.join("\n  ")}`,
    );
    this.name = "ConfigError";
    this.code = problems[0].code;
    this.problems = problems;
  }
}

/** The source as a person would look for it: "flag --listen", "/etc/portlease/config.yaml line 3". */
export function describeSource(source: SettingSource): string {
  switch (source.kind) {
    case "flag":
      return `flag ${source.flag}`;
    case "environment":
      return `environment variable ${source.variable}`;
    case "file":
      return source.line === null ? source.file : `${source.file} line ${source.line}`;
    case "default":
      return "default";
  }
}

const shownValueMax = 80;

/** User and password in a URL. */
const credentials = /:\/\/[^/]*@/g;

/** A value as it is quoted in a message: on one line, control characters escaped, cut when long, and no password in it. */
export function showValue(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replaceAll(credentials, "://***@");
  return text.length <= shownValueMax ? text : `${text.slice(0, shownValueMax)}...`;
}
