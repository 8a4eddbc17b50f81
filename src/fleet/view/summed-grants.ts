// The grants of many hosts in one sum for each minute, kept while their records come, change and go.

import type { GrantCounts } from "../records/host-record.js";
import type { MinuteGrants } from "./fleet-entities.js";

export const minuteMs = 60_000;
/** The last hour. */
const minutesShown = 60;

interface Minute {
  grants: number;
  hosts: number;
}

export class SummedGrants {
  readonly #minutes = new Map<number, Minute>();

  add(grants: GrantCounts): void {
    this.#change(grants, 1);
  }

  /** Some that were added. */
  remove(grants: GrantCounts): void {
    this.#change(grants, -1);
  }

  /** The whole minutes of the hour before `nowWallMs` of which a host tells, oldest first. */
  lastHour(nowWallMs: number): readonly MinuteGrants[] {
    const thisMinute = Math.floor(nowWallMs / minuteMs);
    const shown: MinuteGrants[] = [];
    for (let minute = thisMinute - minutesShown; minute < thisMinute; minute += 1) {
      const known = this.#minutes.get(minute);
      if (known !== undefined) {
        shown.push({ minuteWallMs: minute * minuteMs, grants: known.grants });
      }
    }
    return shown;
  }

  #change({ firstMinuteWallMs, counts }: GrantCounts, by: 1 | -1): void {
    const first = Math.floor(firstMinuteWallMs / minuteMs);
    for (const [index, count] of counts.entries()) {
      const minute = this.#minutes.get(first + index) ?? { grants: 0, hosts: 0 };
      minute.grants += by * count;
      minute.hosts += by;
      if (minute.hosts === 0) this.#minutes.delete(first + index);
      else this.#minutes.set(first + index, minute);
    }
  }
}
