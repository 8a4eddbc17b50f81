// A field to search with. What is typed counts after a short rest, or at once with Enter.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { SearchIcon } from "./icons.js";

/** Between two keys of somebody who types. */
const restMs = 350;

export interface SearchFieldProps {
  /** For those who do not see the sign. */
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function SearchField({ label, placeholder, value, onChange }: SearchFieldProps): VNode {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onChange(typed), restMs);
    return () => clearTimeout(timer);
  }, [typed, value]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    onChange(typed);
  };
  return (
    <label class="search-field">
      <span class="visually-hidden">{label}</span>
      <SearchIcon />
      <input
        type="search"
        class="input"
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
    </label>
  );
}
