// Takes a token for the calls of this tab, and forgets it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useDashboard } from "../app/dashboard.js";
import { Dialog } from "./dialog.js";
import { TokenField, TokenHint } from "./token-field.js";

export function TokenDialog({ onClose }: { readonly onClose: () => void }): VNode {
  const { token, live } = useDashboard();
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
        <p>
          {has
            ? "A token is in use: it is sent with every call of this tab."
            : "Reading needs no token here. Changes, such as revoking a lease, need one of the role admin."}
        </p>
        <TokenField
          value={typed}
          onInput={setTyped}
          label={has ? "Another token" : "Admin token"}
        />
        <TokenHint dataDirectory={live.state.value.broker?.dataDirectory ?? ""} />
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
