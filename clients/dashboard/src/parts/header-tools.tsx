// What stands at the right of the head of each page: the token and the theme.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { usePage } from "../app/page.js";
import { KeyIcon, MoonIcon, SunIcon } from "./icons.js";
import { TokenDialog, type TokenWords } from "./token-dialog.js";

export function HeaderTools({ words }: { readonly words: TokenWords }): VNode {
  return (
    <div class="header-tools">
      <TokenButton words={words} />
      <ThemeButton />
    </div>
  );
}

function ThemeButton(): VNode {
  const { theme } = usePage();
  const isDark = theme.shown.value === "dark";
  return (
    <button
      type="button"
      class="icon-button"
      onClick={() => theme.toggle()}
      aria-label={isDark ? "Use the light theme" : "Use the dark theme"}
    >
      {isDark ? <SunIcon /> : <MoonIcon />}
    </button>
  );
}

function TokenButton({ words }: { readonly words: TokenWords }): VNode {
  const { token } = usePage();
  const [isOpen, setOpen] = useState(false);
  const has = token.value.value !== null;
  return (
    <>
      <button
        type="button"
        class={has ? "icon-button has-token" : "icon-button"}
        onClick={() => setOpen(true)}
        aria-label={has ? "Token: one is in use" : "Token: none is in use"}
      >
        <KeyIcon />
      </button>
      {isOpen && <TokenDialog words={words} onClose={() => setOpen(false)} />}
    </>
  );
}
