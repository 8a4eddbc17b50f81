// Makes a lease's record small: what many leases say alike is kept once. What repeats is seen again soon, so the tables are simply
// emptied when they are full, and never hold more than they must.

import type { LeaseRecord } from "../records/lease-record.js";
import { equalValues } from "./equal-values.js";

/** More services, pools and sets of labels than most fleets have. */
const entriesMax = 4_096;
/** Of one table: labels may be long. */
const unitsMax = 1_000_000;

type Labels = LeaseRecord["labels"];

const noLabels: Labels = Object.freeze({});

class Table<Value> {
  readonly #values = new Map<string, Value>();
  #units = 0;

  /** The value that was first given with the key, as far as it is known still. */
  same(key: string, value: Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    this.#units += key.length;
    if (this.#values.size >= entriesMax || this.#units > unitsMax) {
      this.#values.clear();
      this.#units = key.length;
    }
    this.#values.set(key, value);
    return value;
  }
}

export class InternedLeases {
  readonly #texts = new Table<string>();
  /** By what they look like when written down. */
  readonly #labels = new Table<Labels>();

  intern(record: LeaseRecord): LeaseRecord {
    // Always the same members in the same order: the engine keeps one shape for all.
    return {
      pool: this.#text(record.pool),
      protocol: this.#text(record.protocol),
      port: record.port,
      portCount: record.portCount,
      service: this.#text(record.service),
      instance: record.instance,
      labels: this.#sameLabels(record.labels),
      ttlMs: record.ttlMs,
      grantedWallMs: record.grantedWallMs,
      generation: record.generation,
      binding: this.#text(record.binding),
      unprotected: record.unprotected,
      draining: record.draining,
    };
  }

  #text<Text extends string>(text: Text): Text {
    // What is found by a text is that text.
    return this.#texts.same(text, text) as Text;
  }

  #sameLabels(labels: Labels): Labels {
    const written = JSON.stringify(labels);
    return written === "{}" ? noLabels : this.#labels.same(written, labels);
  }
}

/** Quick for what was interned. */
export function sameLease(one: LeaseRecord, other: LeaseRecord): boolean {
  return (
    one.port === other.port &&
    one.portCount === other.portCount &&
    one.protocol === other.protocol &&
    one.pool === other.pool &&
    one.service === other.service &&
    one.instance === other.instance &&
    one.ttlMs === other.ttlMs &&
    one.grantedWallMs === other.grantedWallMs &&
    one.generation === other.generation &&
    one.binding === other.binding &&
    one.unprotected === other.unprotected &&
    one.draining === other.draining &&
    equalValues(one.labels, other.labels)
  );
}
