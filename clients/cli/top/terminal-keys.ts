// Which key of the live view a key of the terminal is. Node has taken the bytes apart: https://nodejs.org/api/readline.html#readlineemitkeypresseventsstream-interface

import type { TopKey } from "./top-view.js";

/** What Node says of a key. */
export interface NodeKey {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

const names: Readonly<Record<string, Exclude<TopKey["name"], "text">>> = {
  up: "up",
  down: "down",
  pageup: "page-up",
  pagedown: "page-down",
  home: "home",
  end: "end",
  return: "enter",
  enter: "enter",
  escape: "escape",
  backspace: "backspace",
};

const withControl: Readonly<Record<string, Exclude<TopKey["name"], "text">>> = {
  c: "interrupt",
  z: "suspend",
  l: "redraw",
  // What Backspace sends on some terminals.
  h: "backspace",
};

const control = /\p{Cc}/u;

/** `null`: a key that means nothing here. */
export function topKey(
  text: string | undefined,
  { name = "", ctrl, meta }: NodeKey,
): TopKey | null {
  if (ctrl === true) {
    const known = withControl[name];
    return known === undefined ? null : { name: known };
  }
  const known = names[name];
  if (known !== undefined) return { name: known };
  if (meta === true || text === undefined || text === "" || control.test(text)) return null;
  return { name: "text", text };
}
