// Which page of a list is shown that the server pages: pages are known by the token with which they begin.

import { useEffect, useState } from "preact/hooks";

export interface Pages {
  /** Of the page that is shown; "" for the first. */
  readonly pageToken: string;
  /** From 0. */
  readonly index: number;
  /** `null` on the first page. */
  readonly previous: (() => void) | null;
  /** What leads to the page with this token; `null` when there is none. */
  next(nextPageToken: string): (() => void) | null;
}

const firstPage: readonly string[] = [""];

/** Another question begins with its first page. */
export function usePages(question: string): Pages {
  // Where the pages until here begin, of this question.
  const [begins, setBegins] = useState({ question, tokens: firstPage });
  const tokens = begins.question === question ? begins.tokens : firstPage;
  const setTokens = (next: readonly string[]): void => setBegins({ question, tokens: next });
  return {
    pageToken: tokens.at(-1) ?? "",
    index: tokens.length - 1,
    previous: tokens.length === 1 ? null : () => setTokens(tokens.slice(0, -1)),
    next: (token) => (token === "" ? null : () => setTokens([...tokens, token])),
  };
}

/** Goes to the page before where nothing is on this one any more. */
export function useStepBack({ previous }: Pages, isEmpty: boolean): void {
  useEffect(() => {
    if (isEmpty) previous?.();
  }, [isEmpty]);
}
