// What must be undone, in reverse order, each thing once, whatever happens: after a fact, at a signal, and when the process
// leaves without having had time to wait.

export type Undo = () => void | Promise<void>;

export class Cleanup {
  readonly #undos: { readonly what: string; readonly undo: Undo }[] = [];

  /** `what` names it for people, should undoing it fail. The work of `undo` that must not be lost is synchronous. */
  add(what: string, undo: Undo): void {
    this.#undos.push({ what, undo });
  }

  /** Resolves with what could not be undone, one line each. Idempotent. */
  async run(): Promise<readonly string[]> {
    const failures: string[] = [];
    for (let last = this.#undos.pop(); last !== undefined; last = this.#undos.pop()) {
      try {
        await last.undo();
      } catch (error) {
        failures.push(`${last.what}: ${String(error)}`);
      }
    }
    return failures;
  }

  /** The same for a process that leaves now: starts everything and waits for nothing. */
  runNow(): void {
    for (let last = this.#undos.pop(); last !== undefined; last = this.#undos.pop()) {
      try {
        void Promise.resolve(last.undo()).catch(() => undefined);
      } catch {
        // Nobody is left to be told.
      }
    }
  }
}
