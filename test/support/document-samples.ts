// The samples of a document: what stands between its fences.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

export interface Sample {
  /** The document's path in the repository. */
  readonly document: string;
  /** As the fence names it; "" where it does not. */
  readonly language: string;
  /** Without the fences, with its last line end. */
  readonly text: string;
}

export function samplesOf(document: string): readonly Sample[] {
  const content = readFileSync(join(repositoryRoot, document), "utf8");
  return [...content.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", text = ""]) => ({ document, language, text }),
  );
}
