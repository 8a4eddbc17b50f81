// Asks for a token. It is typed like a password, and browsers are asked not to keep it.

import type { VNode } from "preact";

export interface TokenFieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly label: string;
}

export function TokenField({ value, onInput, label }: TokenFieldProps): VNode {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="password"
        class="input mono"
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

export function TokenHint({ dataDirectory }: { readonly dataDirectory: string }): VNode {
  return (
    <p class="quiet hint">
      The broker keeps its admin token in the file <code>admin.token</code> of its data folder
      {dataDirectory === "" ? "" : <> ({<code>{dataDirectory}</code>})</>}. It is kept in this tab
      until you close it or forget it.
    </p>
  );
}
