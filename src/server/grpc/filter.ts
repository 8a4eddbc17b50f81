// The filter of ListLeases and WatchLeases: a subset of AIP-160 (https://google.aip.dev/160). Its manual is in
// lease_service.proto. Compiles a text into one function; throws BrokerError field_invalid for every text that is none.

import { BrokerError } from "../domain/errors.js";
import {
  compareLabel,
  filterFields,
  hasLabel,
  InvalidComparison,
  type Test,
} from "./filter-fields.js";
import { filterInvalid, shown } from "./filter-refusals.js";
import { type Comparator, filterTokens, type Token, type ValueToken } from "./filter-tokens.js";

export interface LeaseFilter {
  readonly matches: Test;
  /** The first field of it that may change while a lease lives; `null` when there is none. */
  readonly changingField: string | null;
}

const lengthMax = 2_048;
const depthMax = 16;
const conditionsMax = 64;

const everything: LeaseFilter = { matches: () => true, changingField: null };

export function parseFilter(filter: string): LeaseFilter {
  if (filter.length > lengthMax) {
    throw filterInvalid(
      lengthMax,
      `it has ${filter.length} characters, at most ${lengthMax} are allowed`,
    );
  }
  return filter.trim() === "" ? everything : new FilterParser(filterTokens(filter)).parse();
}

/** AND binds weaker than OR: AIP-160 has it so. */
class FilterParser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #conditions = 0;
  #changingField: string | null = null;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): LeaseFilter {
    const matches = this.#conjunction();
    const rest = this.#peek();
    if (rest.kind !== "end") throw unexpected(rest, "AND, OR or the end");
    return { matches, changingField: this.#changingField };
  }

  #conjunction(): Test {
    const tests = [this.#disjunction()];
    while (this.#takeWord("AND")) tests.push(this.#disjunction());
    return tests.length === 1 ? first(tests) : (lease) => tests.every((test) => test(lease));
  }

  #disjunction(): Test {
    const tests = [this.#term()];
    while (this.#takeWord("OR")) tests.push(this.#term());
    return tests.length === 1 ? first(tests) : (lease) => tests.some((test) => test(lease));
  }

  #term(): Test {
    if (this.#takeWord("NOT") || this.#take("-") !== null) {
      const test = this.#simple();
      return (lease) => !test(lease);
    }
    return this.#simple();
  }

  #simple(): Test {
    const open = this.#take("(");
    if (open === null) return this.#condition();
    this.#depth += 1;
    if (this.#depth > depthMax) {
      throw filterInvalid(open.at, `parentheses are nested deeper than ${depthMax}`);
    }
    const test = this.#conjunction();
    if (this.#take(")") === null) throw unexpected(this.#peek(), "AND, OR or )");
    this.#depth -= 1;
    return test;
  }

  #condition(): Test {
    const name = this.#value(`a field (${fieldNames})`);
    this.#conditions += 1;
    if (this.#conditions > conditionsMax) {
      throw filterInvalid(name.at, `it has more than ${conditionsMax} conditions`);
    }
    if (name.text === "labels" && !name.quoted) return this.#labelCondition();
    const field = name.quoted ? undefined : ownField(name.text);
    if (field === undefined) {
      throw filterInvalid(name.at, `${shown(name.text)} is no field; the fields are ${fieldNames}`);
    }
    if (!field.fixed) this.#changingField ??= name.text;
    const comparator = this.#comparator();
    return this.#compared(comparator, field.compare);
  }

  #labelCondition(): Test {
    if (this.#take(".") === null) {
      const comparator = this.#comparator();
      if (comparator !== ":") {
        throw filterInvalid(this.#peek().at, "labels are asked for as labels.key or labels:key");
      }
      return hasLabel(this.#value("the key of a label").text);
    }
    const key = this.#labelKey();
    return this.#compared(this.#comparator(), (comparator, value) =>
      compareLabel(key, comparator, value),
    );
  }

  /** Keys may have dots themselves, as those of Kubernetes do. */
  #labelKey(): string {
    let key = this.#value("the key of a label").text;
    while (this.#take(".") !== null) key += `.${this.#value("the key of a label").text}`;
    return key;
  }

  #compared(
    comparator: Comparator,
    compare: (comparator: Comparator, value: ValueToken) => Test,
  ): Test {
    const value = this.#comparedValue();
    try {
      return compare(comparator, value);
    } catch (error) {
      if (error instanceof InvalidComparison) throw filterInvalid(value.at, error.message);
      throw error;
    }
  }

  /** Unquoted values may have dots: a lease's labels often hold versions and host names. */
  #comparedValue(): ValueToken {
    const start = this.#value("a value");
    let { text, wildEnd } = start;
    while (!start.quoted && this.#take(".") !== null) {
      const more = this.#value("the rest of the value");
      text += `.${more.text}`;
      ({ wildEnd } = more);
    }
    return { ...start, text, wildEnd };
  }

  #comparator(): Comparator {
    const token = this.#peek();
    if (token.kind !== "comparator") throw unexpected(token, "one of = != < <= > >= :");
    this.#next += 1;
    return token.text;
  }

  #value(expected: string): ValueToken {
    const token = this.#peek();
    if (token.kind !== "value" || isKeyword(token)) throw unexpected(token, expected);
    this.#next += 1;
    return token;
  }

  #take(kind: "(" | ")" | "-" | "."): Token | null {
    const token = this.#peek();
    if (token.kind !== kind) return null;
    this.#next += 1;
    return token;
  }

  #takeWord(keyword: string): boolean {
    const token = this.#peek();
    if (token.kind !== "value" || token.quoted || token.text !== keyword) return false;
    this.#next += 1;
    return true;
  }

  #peek(): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw new BrokerError("field_invalid", "the filter has no end");
    return token;
  }
}

const fieldNames = [...Object.keys(filterFields), "labels"].join(", ");
const keywords: ReadonlySet<string> = new Set(["AND", "OR", "NOT"]);

function isKeyword(token: ValueToken): boolean {
  return !token.quoted && keywords.has(token.text);
}

function ownField(name: string): (typeof filterFields)[string] | undefined {
  return Object.hasOwn(filterFields, name) ? filterFields[name] : undefined;
}

function first(tests: readonly Test[]): Test {
  return tests[0] ?? everything.matches;
}

function unexpected(token: Token, expected: string): BrokerError {
  const found = token.kind === "end" ? "it ends" : `${shown(token.text)} stands`;
  return filterInvalid(token.at, `${found} where ${expected} should stand`);
}
