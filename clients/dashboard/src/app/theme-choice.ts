// Light, dark, or what the system says. The choice is kept in this browser and set as an attribute that the style sheet reads.

import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";

export type ThemeName = "system" | "light" | "dark";

const storageKey = "portlease.theme";

export class ThemeChoice {
  readonly choice = signal<ThemeName>("system");
  readonly #systemIsDark = signal(false);
  /** What is shown. */
  readonly shown: ReadonlySignal<"light" | "dark"> = computed(() => {
    if (this.choice.value !== "system") return this.choice.value;
    return this.#systemIsDark.value ? "dark" : "light";
  });

  constructor(storage: Storage | null) {
    const stored = storage?.getItem(storageKey);
    if (stored === "light" || stored === "dark") this.choice.value = stored;
    const query = matchMedia("(prefers-color-scheme: dark)");
    this.#systemIsDark.value = query.matches;
    query.addEventListener("change", (event) => (this.#systemIsDark.value = event.matches));
    effect(() => {
      document.documentElement.dataset["theme"] = this.shown.value;
      if (this.choice.value === "system") storage?.removeItem(storageKey);
      else storage?.setItem(storageKey, this.choice.value);
    });
  }

  toggle(): void {
    this.choice.value = this.shown.value === "dark" ? "light" : "dark";
  }
}
