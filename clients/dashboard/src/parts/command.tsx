// A command or a step for people to carry out, to be copied.

import type { VNode } from "preact";
import { CopyButton } from "./copy-button.js";

export function Command({ text }: { readonly text: string }): VNode {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}
