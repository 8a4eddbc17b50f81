// The token that this page sends with its calls. It is kept for this tab only, and is never part of an address.

import { type ReadonlySignal, signal } from "@preact/signals";

const storageKey = "portlease.token";

export class AccessToken {
  readonly #stored: Storage | null;
  readonly #value = signal<string | null>(null);

  /** `storage` lasts as long as the tab; `null` where the browser refuses one: the token lasts as long as the page. */
  constructor(storage: Storage | null) {
    this.#stored = storage;
    this.#value.value = storage?.getItem(storageKey) ?? null;
  }

  get value(): ReadonlySignal<string | null> {
    return this.#value;
  }

  remember(token: string): void {
    this.#value.value = token;
    this.#stored?.setItem(storageKey, token);
  }

  forget(): void {
    this.#value.value = null;
    this.#stored?.removeItem(storageKey);
  }
}
