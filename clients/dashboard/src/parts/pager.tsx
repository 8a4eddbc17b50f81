// Where in a list of pages one is, and the way to the next one.

import type { VNode } from "preact";
import { countText } from "../model/format.js";

export interface PagerProps {
  /** Of the first one that is shown, from 1. */
  readonly first: number;
  readonly shown: number;
  /** `null`: the server does not count them. */
  readonly total: number | null;
  /** `null`: there is none. */
  readonly onPrevious: (() => void) | null;
  readonly onNext: (() => void) | null;
}

export function Pager({ first, shown, total, onPrevious, onNext }: PagerProps): VNode {
  return (
    <div class="pager">
      <p role="status">
        {countText(first)}-{countText(first + shown - 1)}
        {total !== null && ` of ${countText(total)}`}
      </p>
      <button
        type="button"
        class="button"
        disabled={onPrevious === null}
        onClick={() => onPrevious?.()}
      >
        Previous
      </button>
      <button type="button" class="button" disabled={onNext === null} onClick={() => onNext?.()}>
        Next
      </button>
    </div>
  );
}
