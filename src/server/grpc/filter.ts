// Filters of lists and watches: a subset of AIP-160 (https://google.aip.dev/160). Its manual is in lease_service.proto. Compiles a
// text into one function; throws BrokerError field_invalid for every text that is none.

import { BrokerError } from "../domain/errors.js";
import {
  compareLabel,
  type FieldTable,
  type FilterField,
  hasLabel,
  InvalidComparison,
  type Test,
} from "./filter-fields.js";
import { InvalidFilter, filterInvalid, shown } from "./filter-refusals.js";
import { type Comparator, filterTokens, type Token, type ValueToken } from "./filter-tokens.js";

export interface Filter<Item> {
  readonly matches: Test<Item>;
  /** The first field of it that may change while an item is there; `null` when there is none. */
  readonly changingField: string | null;
  /** What fields are in everything that matches, by field: `x = "y"` without a star, at most joined by AND. */
  readonly demands: ReadonlyMap<string, string>;
}

/** A part of a filter, as {@link Filter} has the whole. */
type Part<Item> = Pick<Filter<Item>, "matches" | "demands">;

const lengthMax = 2_048;
const depthMax = 16;
const conditionsMax = 64;

const noDemands: ReadonlyMap<string, string> = new Map();

/** `name`: the field of the request that has it. */
export function parseFilter<Item>(
  filter: string,
  table: FieldTable<Item>,
  name = "filter",
): Filter<Item> {
  try {
    if (filter.length > lengthMax) {
      throw new InvalidFilter(
        lengthMax,
        `it has ${filter.length} characters, at most ${lengthMax} are allowed`,
      );
    }
    if (filter.trim() === "") {
      return { matches: () => true, changingField: null, demands: noDemands };
    }
    return new FilterParser(filterTokens(filter), table).parse();
  } catch (error) {
    throw error instanceof InvalidFilter ? filterInvalid(name, error) : error;
  }
}

/** AND binds weaker than OR: AIP-160 has it so. */
class FilterParser<Item> {
  readonly #tokens: readonly Token[];
  readonly #table: FieldTable<Item>;
  readonly #fieldNames: string;
  #next = 0;
  #depth = 0;
  #conditions = 0;
  #changingField: string | null = null;

  constructor(tokens: readonly Token[], table: FieldTable<Item>) {
    this.#tokens = tokens;
    this.#table = table;
    this.#fieldNames = [...Object.keys(table.fields), "labels"].join(", ");
  }

  parse(): Filter<Item> {
    const whole = this.#conjunction();
    const rest = this.#peek();
    if (rest.kind !== "end") throw unexpected(rest, "AND, OR or the end");
    return { ...whole, changingField: this.#changingField };
  }

  #conjunction(): Part<Item> {
    const first = this.#disjunction();
    const parts = [first];
    while (this.#takeWord("AND")) parts.push(this.#disjunction());
    if (parts.length === 1) return first;
    return {
      matches: (item) => parts.every(({ matches }) => matches(item)),
      demands: new Map(parts.flatMap(({ demands }) => [...demands])),
    };
  }

  #disjunction(): Part<Item> {
    const first = this.#term();
    const parts = [first];
    while (this.#takeWord("OR")) parts.push(this.#term());
    if (parts.length === 1) return first;
    return { matches: (item) => parts.some(({ matches }) => matches(item)), demands: noDemands };
  }

  #term(): Part<Item> {
    if (this.#takeWord("NOT") || this.#take("-") !== null) {
      const { matches } = this.#simple();
      return { matches: (item) => !matches(item), demands: noDemands };
    }
    return this.#simple();
  }

  #simple(): Part<Item> {
    const open = this.#take("(");
    if (open === null) return this.#condition();
    this.#depth += 1;
    if (this.#depth > depthMax) {
      throw new InvalidFilter(open.at, `parentheses are nested deeper than ${depthMax}`);
    }
    const part = this.#conjunction();
    if (this.#take(")") === null) throw unexpected(this.#peek(), "AND, OR or )");
    this.#depth -= 1;
    return part;
  }

  #condition(): Part<Item> {
    const name = this.#value(`a field (${this.#fieldNames})`);
    this.#conditions += 1;
    if (this.#conditions > conditionsMax) {
      throw new InvalidFilter(name.at, `it has more than ${conditionsMax} conditions`);
    }
    if (name.text === "labels" && !name.quoted) {
      return { matches: this.#labelCondition(), demands: noDemands };
    }
    const field = name.quoted ? undefined : this.#ownField(name.text);
    if (field === undefined) {
      throw new InvalidFilter(
        name.at,
        `${shown(name.text)} is no field; the fields are ${this.#fieldNames}`,
      );
    }
    if (!field.fixed) this.#changingField ??= name.text;
    const comparator = this.#comparator();
    const value = this.#comparedValue();
    const plain = comparator === "=" && !value.wildStart && !value.wildEnd;
    return {
      matches: compared(value, () => field.compare(comparator, value)),
      demands: plain ? new Map([[name.text, value.text]]) : noDemands,
    };
  }

  #labelCondition(): Test<Item> {
    const { labelsOf } = this.#table;
    if (this.#take(".") === null) {
      const comparator = this.#comparator();
      if (comparator !== ":") {
        throw new InvalidFilter(
          this.#peek().at,
          "labels are asked for as labels.key or labels:key",
        );
      }
      return hasLabel(labelsOf, this.#value("the key of a label").text);
    }
    const key = this.#labelKey();
    const comparator = this.#comparator();
    const value = this.#comparedValue();
    return compared(value, () => compareLabel(labelsOf, key, comparator, value));
  }

  /** Keys may have dots themselves, as those of Kubernetes do. */
  #labelKey(): string {
    let key = this.#value("the key of a label").text;
    while (this.#take(".") !== null) key += `.${this.#value("the key of a label").text}`;
    return key;
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

  #ownField(name: string): FilterField<Item> | undefined {
    const { fields } = this.#table;
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
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

const keywords: ReadonlySet<string> = new Set(["AND", "OR", "NOT"]);

function isKeyword(token: ValueToken): boolean {
  return !token.quoted && keywords.has(token.text);
}

function compared<Item>(value: ValueToken, compare: () => Test<Item>): Test<Item> {
  try {
    return compare();
  } catch (error) {
    throw error instanceof InvalidComparison ? new InvalidFilter(value.at, error.message) : error;
  }
}

function unexpected(token: Token, expected: string): InvalidFilter {
  const found = token.kind === "end" ? "it ends" : `${shown(token.text)} stands`;
  return new InvalidFilter(token.at, `${found} where ${expected} should stand`);
}
