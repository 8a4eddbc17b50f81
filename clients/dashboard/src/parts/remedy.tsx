// What mends something: words to read, a command to copy.

import type { VNode } from "preact";
import { parseRemedy } from "../model/remedy.js";
import { Command } from "./command.js";

export function RemedyText({ text }: { readonly text: string }): VNode | null {
  if (text === "") return null;
  const { words, command } = parseRemedy(text);
  return (
    <>
      {words !== "" && <p class="remedy-words">{words}</p>}
      {command !== "" && <Command text={command} />}
    </>
  );
}
