// The entries of a source that cannot be understood now: each is told once, and told again when it is mended or gone.

import { createHash } from "node:crypto";
import type { SeldomWarning } from "../../server/seldom-warning.js";
import type { FleetSink } from "../view/fleet-sink.js";

/** About 5 MB. Whoever has more looks at one of them, and finds the cause of all. */
export const unreadableKeysMax = 10_000;

/** Keys may have as much as a request to etcd, 1.5 MB; what is kept and shown of them is enough to find them. */
const keyLengthMax = 300;

export class UnreadableEntries {
  readonly #sink: Pick<FleetSink, "setUnreadable">;
  readonly #warning: SeldomWarning;
  /** In which pass each was found last, by the name of its key. */
  readonly #found = new Map<string, number>();
  #pass = 0;
  /** Those that there was no room for, and those of them that changed: which went is not known before the next pass. */
  #beyond = 0;
  #beyondInPass = 0;

  constructor(sink: Pick<FleetSink, "setUnreadable">, warning: SeldomWarning) {
    this.#sink = sink;
    this.#warning = warning;
  }

  get count(): number {
    return this.#found.size + this.#beyond;
  }

  /** So many are gone of those that there was room for that there is room for the others, too: another pass is due. */
  get outdated(): boolean {
    return this.#beyond > 0 && this.#found.size < unreadableKeysMax / 2;
  }

  /** `why`: as the rest of a sentence about the entry. */
  add(key: string, why: string): void {
    const name = nameOf(key);
    this.#warning.say({ path: name, reason: why });
    if (!this.#found.has(name) && this.#found.size >= unreadableKeysMax) {
      this.#beyond += 1;
      this.#beyondInPass += 1;
      return;
    }
    this.#found.set(name, this.#pass);
    this.#sink.setUnreadable(name, { key: name, why });
  }

  /** It can be understood now, or is gone. A no-op for one that could be understood all the while. */
  clear(key: string): void {
    if (this.#found.size === 0) return;
    const name = nameOf(key);
    if (this.#found.delete(name)) this.#sink.setUnreadable(name, null);
  }

  /** From here on everything that there is is gone through. */
  beginPass(): void {
    this.#pass += 1;
    this.#beyondInPass = 0;
  }

  /** Everything was gone through: what was not found again is gone. */
  endPass(): void {
    this.#beyond = this.#beyondInPass;
    for (const [name, pass] of this.#found) {
      if (pass === this.#pass) continue;
      this.#found.delete(name);
      this.#sink.setUnreadable(name, null);
    }
  }
}

/** The key itself, or its beginning and a digest of all of it. */
function nameOf(key: string): string {
  if (key.length <= keyLengthMax) return key;
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `${key.slice(0, keyLengthMax - digest.length - 1)}…${digest}`;
}
