// Cuts a filter into tokens: parentheses, operators, and values, quoted or not. Knows no fields and no grammar; what a value
// means is the field's business.

import { InvalidFilter } from "./filter-refusals.js";

export type Comparator = "=" | "!=" | "<" | "<=" | ">" | ">=" | ":";

export interface ValueToken {
  readonly kind: "value";
  /** From 0, in UTF-16 units. */
  readonly at: number;
  /** Without quotes and escapes. */
  readonly text: string;
  readonly quoted: boolean;
  /** An unescaped `*` stands there; it is part of `text`. */
  readonly wildStart: boolean;
  readonly wildEnd: boolean;
}

export type Token =
  | ValueToken
  | { readonly kind: "comparator"; readonly at: number; readonly text: Comparator }
  /** `-`: NOT, in front of a condition. */
  | { readonly kind: "(" | ")" | "-" | "."; readonly at: number; readonly text: string }
  | { readonly kind: "end"; readonly at: number; readonly text: "" };

/** A dot separates `labels` from its key, so it is a token of its own outside of quotes unless the value began as a number. */
const plain = /[^\s()<>=!:"'.\\]/;
const comparators: readonly Comparator[] = ["!=", "<=", ">=", "=", "<", ">", ":"];

/** Throws InvalidFilter. */
export function filterTokens(filter: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < filter.length) {
    const char = filter.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const comparator = comparators.find((text) => filter.startsWith(text, at));
    if (comparator !== undefined) {
      tokens.push({ kind: "comparator", at, text: comparator });
      at += comparator.length;
    } else if (char === "(" || char === ")" || char === ".") {
      tokens.push({ kind: char, at, text: char });
      at += 1;
    } else if (char === "-" && startsTerm(tokens.at(-1))) {
      tokens.push({ kind: "-", at, text: "-" });
      at += 1;
    } else if (char === '"' || char === "'") {
      at = readQuoted(filter, at, tokens);
    } else if (plain.test(char)) {
      at = readPlain(filter, at, tokens);
    } else {
      throw new InvalidFilter(at, `${JSON.stringify(char)} means nothing here`);
    }
  }
  tokens.push({ kind: "end", at: filter.length, text: "" });
  return tokens;
}

/** After a comparator, `-` would begin a value. */
function startsTerm(before: Token | undefined): boolean {
  return before?.kind !== "comparator" && before?.kind !== ".";
}

/** Returns where it ends. `1.5s` is one value; in a name the dot separates. */
function readPlain(filter: string, start: number, tokens: Token[]): number {
  const isNumber = /[0-9]/.test(filter.charAt(start));
  let at = start;
  while (at < filter.length) {
    const char = filter.charAt(at);
    if (!plain.test(char) && !(isNumber && char === ".")) break;
    at += 1;
  }
  const text = filter.slice(start, at);
  const wildStart = text.startsWith("*");
  tokens.push({
    kind: "value",
    at: start,
    text,
    quoted: false,
    wildStart,
    wildEnd: text.endsWith("*"),
  });
  return at;
}

function readQuoted(filter: string, start: number, tokens: Token[]): number {
  const quote = filter.charAt(start);
  let text = "";
  let wildEnd = false;
  let wildStart = false;
  for (let at = start + 1; at < filter.length; at += 1) {
    const char = filter.charAt(at);
    if (char === quote) {
      tokens.push({ kind: "value", at: start, text, quoted: true, wildStart, wildEnd });
      return at + 1;
    }
    const escaped = char === "\\";
    if (escaped) at += 1;
    const meant = escaped ? filter.charAt(at) : char;
    if (escaped && !["\\", '"', "'", "*"].includes(meant)) {
      throw new InvalidFilter(at - 1, String.raw`only \\, \", \' and \* are escapes`);
    }
    wildEnd = meant === "*" && !escaped;
    if (text === "") wildStart = wildEnd;
    text += meant;
  }
  throw new InvalidFilter(start, `the text that begins with ${quote} has no end`);
}
