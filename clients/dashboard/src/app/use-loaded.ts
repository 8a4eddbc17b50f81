// What a part of the page asks the server for by itself: loaded when its question changes, and again while it is looked at.

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/api-error.js";
import { usePage } from "./page.js";

export interface Loaded<T> {
  /** The latest answer to this question, kept while it is asked again. */
  readonly data: T | null;
  /** When `data` came, by this browser's clock. */
  readonly atMs: number;
  /** Why the last attempt failed; `null` when it did not. */
  readonly error: ApiError | null;
  readonly loading: boolean;
}

const nothing: Loaded<never> = { data: null, atMs: 0, error: null, loading: true };

export interface LoadOptions {
  /** Ask again this often, while the page is seen and the server is there. 0: never. */
  readonly everyMs: number;
  /** Ask again only when this differs from what it was when the last answer was asked for. Unset: always. */
  readonly stamp?: string;
  /** Go on showing the answer to the question before until there is one to this. */
  readonly keep?: boolean;
}

/** `question` says what is asked, so that it is asked anew when it changes; `null` asks nothing. */
export function useLoaded<T>(
  question: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs, keep = false, stamp }: LoadOptions,
): Loaded<T> {
  const { live } = usePage();
  const [answer, setAnswer] = useState<{ question: string | null; loaded: Loaded<T> }>({
    question,
    loaded: nothing,
  });
  const isLive = live.connection.value.kind === "live";
  // Read when it is time to ask again, so that each change does not ask by itself.
  const stampNow = useRef(stamp);
  stampNow.current = stamp;
  useEffect(() => {
    if (question === null || !isLive) return undefined;
    const abort = new AbortController();
    const update = (change: (before: Loaded<T>) => Loaded<T>): void => {
      if (abort.signal.aborted) return;
      setAnswer((before) => {
        const known = before.question === question || keep ? before.loaded : nothing;
        return { question, loaded: change(known) };
      });
    };
    let answered: { readonly stamp: string | undefined } | null = null;
    const ask = async (): Promise<void> => {
      const asked = { stamp: stampNow.current };
      if (answered?.stamp !== undefined && answered.stamp === asked.stamp) return;
      try {
        const data = await load(abort.signal);
        answered = asked;
        update(() => ({ data, atMs: Date.now(), error: null, loading: false }));
      } catch (error) {
        update((before) => ({ ...before, error: asApiError(error), loading: false }));
      }
    };
    const stop = repeat(ask, everyMs);
    return () => {
      abort.abort();
      stop();
    };
  }, [question, isLive, everyMs, keep]);
  if (answer.question === question) return answer.loaded;
  return keep ? { ...answer.loaded, loading: true } : nothing;
}

/** Runs `ask` now and again, never twice at the same time. Returns what stops it. */
function repeat(ask: () => Promise<void>, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let isFirst = true;
  const run = async (): Promise<void> => {
    if (isFirst || !document.hidden) await ask();
    isFirst = false;
    if (!stopped && everyMs > 0) timer = setTimeout(() => void run(), everyMs);
  };
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
