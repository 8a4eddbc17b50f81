// What a start opened, closed in reverse order, once: at the stop, or when the start fails half-way.

export class OpenedThings {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | null = null;

  add(closer: () => Promise<void> | void): void {
    this.#closers.push(closer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const closer of this.#closers.toReversed()) {
      try {
        await closer();
      } catch (error) {
        // The rest is closed all the same: the lock on the data directory is among it.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Resolves with what `open` makes. When it rejects, all that it had opened is closed first, the last first. */
export async function openAllOrNothing<Made>(
  open: (opened: OpenedThings) => Promise<Made>,
): Promise<Made> {
  const opened = new OpenedThings();
  try {
    return await open(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}
