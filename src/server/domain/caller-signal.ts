// How the core hears that a caller has gone away. An AbortSignal is one; a lighter one does as well, since every call needs it.

export interface CallerSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  /** No-op for a listener that is not there. */
  removeEventListener(type: "abort", listener: () => void): void;
}
