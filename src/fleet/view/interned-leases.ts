// Makes a lease's record small: what many leases say alike is kept once. What repeats is seen again soon, so the tables are simply
// emptied when they are full, and never hold more than they must.

import type { LeaseRecord } from "../records/lease-record.js";
import { equalValues } from "./equal-values.js";

/** More services, pools and sets of labels than most fleets have; a table takes half a megabyte at most with usual ones. */
const entriesMax = 4_096;

type Labels = LeaseRecord["labels"];

const noLabels: Labels = Object.freeze({});

export class InternedLeases {
  readonly #texts = new Map<string, string>();
  /** By what they look like when written down. */
  readonly #labels = new Map<string, Labels>();

  intern(record: LeaseRecord): LeaseRecord {
    // Always the same members in the same order: the engine keeps one shape for all.
    return {
      pool: this.#text(record.pool),
      protocol: this.#text(record.protocol) as LeaseRecord["protocol"],
      port: record.port,
      portCount: record.portCount,
      service: this.#text(record.service),
      instance: record.instance === "" ? "" : record.instance,
      labels: this.#sameLabels(record.labels),
      ttlMs: record.ttlMs,
      grantedWallMs: record.grantedWallMs,
      generation: record.generation,
      binding: this.#text(record.binding) as LeaseRecord["binding"],
      unprotected: record.unprotected,
      draining: record.draining,
    };
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= entriesMax) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  #sameLabels(labels: Labels): Labels {
    const written = JSON.stringify(labels);
    if (written === "{}") return noLabels;
    const known = this.#labels.get(written);
    if (known !== undefined) return known;
    if (this.#labels.size >= entriesMax) this.#labels.clear();
    this.#labels.set(written, labels);
    return labels;
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
