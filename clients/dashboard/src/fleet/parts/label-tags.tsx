// Labels, each as a tag that leads to what else has it.

import type { VNode } from "preact";
import { searchLink } from "../model/fleet-route.js";

export function LabelTags({
  labels,
}: {
  readonly labels: Readonly<Record<string, string>>;
}): VNode {
  return (
    <span class="tags">
      {Object.entries(labels).map(([key, value]) => (
        <LabelTag key={key} text={`${key}=${value}`} />
      ))}
    </span>
  );
}

function LabelTag({ text }: { readonly text: string }): VNode {
  // A search is of words; a label with a space in it is none.
  if (/\s/.test(text)) return <span class="tag">{text}</span>;
  return (
    <a class="tag" href={searchLink(text)}>
      {text}
    </a>
  );
}
