// What happened in a run, as lines: the last ones for a failure, all of them on request, and a hash that is equal for equal runs.

import { createHash } from "node:crypto";

const keptMax = 60;
/** So many characters are hashed at once. */
const chunkMax = 16_384;

export class Trace {
  readonly #nowMs: () => number;
  readonly #print: ((line: string) => void) | null;
  readonly #last: string[] = [];
  readonly #hash = createHash("sha256");
  #chunk = "";
  #count = 0;

  /** `print` gets every line as it comes. */
  constructor(nowMs: () => number, print: ((line: string) => void) | null) {
    this.#nowMs = nowMs;
    this.#print = print;
  }

  get count(): number {
    return this.#count;
  }

  /** The newest lines, oldest first. */
  get last(): readonly string[] {
    return this.#last;
  }

  add(who: string, what: string): void {
    const line = `${this.#nowMs().toFixed(1).padStart(9)}  ${who.padEnd(10)}  ${what}`;
    this.#count += 1;
    this.#last.push(line);
    if (this.#last.length > keptMax * 2) this.#last.splice(0, keptMax);
    this.#chunk += `${line}\n`;
    if (this.#chunk.length > chunkMax) this.#flush();
    this.#print?.(line);
  }

  /** Call it once, at the end. */
  hash(): string {
    this.#flush();
    return this.#hash.digest("hex").slice(0, 16);
  }

  #flush(): void {
    this.#hash.update(this.#chunk);
    this.#chunk = "";
  }
}
