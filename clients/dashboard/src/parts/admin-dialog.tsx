// Asks before something is changed, does it, and shows the broker's own words when it refuses. Takes the admin token where there
// is none.

import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/api-error.js";
import { useDashboard } from "../app/dashboard.js";
import { Dialog } from "./dialog.js";
import { Refusal } from "./notice.js";
import { TokenField, TokenHint } from "./token-field.js";

export interface AdminDialogProps {
  readonly title: string;
  /** What is going to happen, and to whom. */
  readonly children: ComponentChildren;
  /** What must be typed first; `null` for changes that can be undone. */
  readonly typedWord: string | null;
  readonly actionLabel: string;
  readonly isDangerous: boolean;
  readonly act: () => Promise<unknown>;
  readonly onClose: () => void;
}

export function AdminDialog(props: AdminDialogProps): VNode {
  const { token, live } = useDashboard();
  const [typedToken, setTypedToken] = useState("");
  const [typedWord, setTypedWord] = useState("");
  const [error, setError] = useState<ApiError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const asksToken = token.value.value === null || isAboutToken(error);
  const isConfirmed = props.typedWord === null || typedWord.trim() === props.typedWord;

  const act = async (): Promise<void> => {
    if (typedToken.trim() !== "") token.remember(typedToken.trim());
    setBusy(true);
    setError(null);
    try {
      await props.act();
      props.onClose();
    } catch (failure) {
      setError(asApiError(failure));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isConfirmed && !isBusy) void act();
  };

  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form class="form" onSubmit={submit}>
        {props.children}
        {props.typedWord !== null && (
          <label class="field">
            <span>
              Type <b class="mono">{props.typedWord}</b> to confirm
            </span>
            <input
              class="input mono"
              autocomplete="off"
              value={typedWord}
              onInput={(event) => setTypedWord(event.currentTarget.value)}
            />
          </label>
        )}
        {asksToken && <AskToken value={typedToken} onInput={setTypedToken} />}
        {asksToken && <TokenHint dataDirectory={live.state.value.broker?.dataDirectory ?? ""} />}
        {error !== null && <Refusal error={error} />}
        <p class="dialog-actions">
          <button type="button" class="button" onClick={props.onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={props.isDangerous ? "button danger" : "button primary"}
            disabled={!isConfirmed || isBusy}
          >
            {isBusy ? "Waiting for the broker …" : props.actionLabel}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function AskToken(props: {
  readonly value: string;
  readonly onInput: (value: string) => void;
}): VNode {
  return <TokenField {...props} label="Admin token" />;
}

/** Another token may help. */
function isAboutToken(error: ApiError | null): boolean {
  return error?.code === "permission_denied" || error?.code === "unauthenticated";
}
