// How often a crash test killed, and when: one line in the end.

export type KillMoment =
  "under load" | "while it stopped" | "while it made a block" | "while it started";

export class KillTally {
  readonly #counts = new Map<KillMoment, number>();
  answers = 0;
  leases = 0;

  static sum(tallies: readonly KillTally[]): KillTally {
    const sum = new KillTally();
    for (const tally of tallies) {
      for (const [moment, count] of tally.#counts) sum.count(moment, count);
      sum.answers += tally.answers;
      sum.leases += tally.leases;
    }
    return sum;
  }

  get kills(): number {
    return [...this.#counts.values()].reduce((total, count) => total + count, 0);
  }

  count(moment: KillMoment, times = 1): void {
    this.#counts.set(moment, (this.#counts.get(moment) ?? 0) + times);
  }

  /** A test that ends has found nothing wrong, so nothing is lost and nothing is double. */
  toString(): string {
    const moments = [...this.#counts].map(([moment, count]) => `${count} ${moment}`).join(", ");
    return (
      `${this.kills} kills (${moments}), ${this.answers} answers, ${this.leases} leases: ` +
      "0 acknowledged lost, 0 ports double"
    );
  }
}
