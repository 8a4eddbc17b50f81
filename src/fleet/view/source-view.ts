// How the source of the view is: whether it is heard, since when not, and what of it cannot be understood.

import type { Clock } from "../../server/domain/boundaries.js";
import type { SourceState, UnreadableEntry } from "./fleet-sink.js";
import type { FleetProblem, SourceStatus } from "./fleet-entities.js";
import { plainProblem } from "./host-problems.js";

/** More are counted as so many: by then somebody else writes where only brokers should. */
export const unreadableMax = 10_000;
/** Of a sentence about an entry: a key may be as long as the source lets it be. */
const exampleLengthMax = 300;

export class SourceView {
  readonly #clock: Clock;
  #state: SourceState = { connected: false, detail: "it was not heard yet" };
  #lastHeardWallMs: number | null = null;
  /** By key. */
  readonly #unreadable = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False when nothing has changed. */
  set(state: SourceState): boolean {
    const { connected, detail } = state;
    if (connected === this.#state.connected && detail === this.#state.detail) return false;
    this.#state = { connected, detail };
    return true;
  }

  /** False when nothing has changed. */
  setUnreadable(key: string, entry: UnreadableEntry | null): boolean {
    if (entry === null) return this.#unreadable.delete(key);
    if (this.#unreadable.get(key) === entry.why) return false;
    if (!this.#unreadable.has(key) && this.#unreadable.size >= unreadableMax) return false;
    this.#unreadable.set(key, entry.why);
    return true;
  }

  heard(): void {
    this.#lastHeardWallMs = this.#clock.wallMs();
  }

  status(): SourceStatus {
    return {
      ...this.#state,
      lastHeardWallMs: this.#lastHeardWallMs,
      unreadableCount: this.#unreadable.size,
      unreadableExample: this.#example(),
    };
  }

  /** What is wrong with it, for the list of problems. */
  problems(): readonly FleetProblem[] {
    const problems = [];
    if (!this.#state.connected) {
      problems.push(
        plainProblem({
          severity: "critical",
          reason: "SOURCE_UNREACHABLE",
          message: `what is shown is as old as it was last heard: ${this.#state.detail}`,
          remedy:
            "see that the addresses of the source are right and answer; the fleet server goes on by itself then",
        }),
      );
    }
    if (this.#unreadable.size > 0) {
      problems.push(
        plainProblem({
          severity: "warning",
          reason: "ENTRIES_UNREADABLE",
          message: `${this.#unreadable.size} entries are left out, such as this one: ${this.#example()}`,
          remedy:
            "remove what is not a broker's, or bring the fleet server to the version of the newest broker",
        }),
      );
    }
    return problems.map((problem) => ({ hostId: "", problem }));
  }

  /** The first by key: two fleet servers name the same one. */
  #example(): string {
    let first: string | null = null;
    for (const key of this.#unreadable.keys()) if (first === null || key < first) first = key;
    if (first === null) return "";
    const text = `${first}: ${this.#unreadable.get(first) ?? ""}`;
    return text.length <= exampleLengthMax ? text : `${text.slice(0, exampleLengthMax)}…`;
  }
}
