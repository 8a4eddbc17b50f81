// What is shown where the server wants to know first who reads.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { ApiError } from "../api/api-error.js";
import { usePage } from "../app/page.js";
import { BrandIcon } from "../parts/icons.js";
import { Refusal } from "../parts/notice.js";
import { TokenField } from "../parts/token-field.js";

export interface SignInProps {
  readonly error: ApiError;
  /** What tokens are good for here, as a sentence. */
  readonly purpose: string;
}

export function SignIn({ error, purpose }: SignInProps): VNode {
  const { server, token } = usePage();
  const [typed, setTyped] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    if (typed.trim() !== "") token.remember(typed.trim());
  };
  const has = token.value.value !== null;
  return (
    <main class="sign-in" id="main">
      <div class="card sign-in-card">
        <p class="brand">
          <BrandIcon />
          <span class="brand-name">portlease</span>
        </p>
        <h1>This {server} asks who you are</h1>
        <form class="form" onSubmit={submit}>
          <TokenField value={typed} onInput={setTyped} label="Token" />
          {has ? <Refusal error={error} /> : <p class="quiet hint">{error.message}</p>}
          <p class="quiet hint">
            {purpose} It is kept in this tab until you close it, and is never part of an address.
          </p>
          <p class="dialog-actions">
            {has && (
              <button type="button" class="button" onClick={() => token.forget()}>
                Forget token
              </button>
            )}
            <button type="submit" class="button primary" disabled={typed.trim() === ""}>
              Continue
            </button>
          </p>
        </form>
      </div>
    </main>
  );
}
