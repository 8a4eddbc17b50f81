// Waits for a time, or until somebody does not want to wait any longer.

export class WakeablePause {
  #wake: () => void = () => undefined;

  /** Resolves after the time, at once when woken or when `signal` is aborted, also when it was before. */
  for(durationMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(end, durationMs);
      signal.addEventListener("abort", end);
      this.#wake = end;
    });
  }

  /** A no-op when nobody waits. */
  wake(): void {
    this.#wake();
  }
}
