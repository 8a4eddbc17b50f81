// Takes a token for the calls of this tab, and forgets it.

import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { usePage } from "../app/page.js";
import { Dialog } from "./dialog.js";
import { TokenField } from "./token-field.js";

/** What is said of tokens on this page. */
export interface TokenWords {
  /** What one is needed for, where none is in use. */
  readonly purpose: string;
  /** The label of the field, where none is in use. */
  readonly label: string;
  /** Where to find one. */
  readonly hint: ComponentChildren;
}

interface TokenDialogProps {
  readonly words: TokenWords;
  readonly onClose: () => void;
}

export function TokenDialog({ words, onClose }: TokenDialogProps): VNode {
  const { token } = usePage();
  const [typed, setTyped] = useState("");
  const has = token.value.value !== null;
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = typed.trim();
    if (given === "") return;
    token.remember(given);
    onClose();
  };
  return (
    <Dialog title="Token" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>{has ? "A token is in use: it is sent with every call of this tab." : words.purpose}</p>
        <TokenField value={typed} onInput={setTyped} label={has ? "Another token" : words.label} />
        {words.hint}
        <p class="dialog-actions">
          {has && (
            <button type="button" class="button" onClick={() => (token.forget(), onClose())}>
              Forget token
            </button>
          )}
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={typed.trim() === ""}>
            Use token
          </button>
        </p>
      </form>
    </Dialog>
  );
}
