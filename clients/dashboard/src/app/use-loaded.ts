// What a part of the page asks the broker for by itself: loaded when its question changes, and again while it is looked at.

import { useEffect, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/api-error.js";
import { useDashboard } from "./dashboard.js";

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
  /** Ask again this often, while the page is seen and the broker is there. 0: never. */
  readonly everyMs: number;
  /** Go on showing the answer to the question before until there is one to this. */
  readonly keep?: boolean;
}

/** `question` says what is asked, so that it is asked anew when it changes; `null` asks nothing. */
export function useLoaded<T>(
  question: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs, keep = false }: LoadOptions,
): Loaded<T> {
  const { live } = useDashboard();
  const [answer, setAnswer] = useState<{ question: string | null; loaded: Loaded<T> }>({
    question,
    loaded: nothing,
  });
  const isLive = live.connection.value.kind === "live";
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
    const ask = async (): Promise<void> => {
      try {
        const data = await load(abort.signal);
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
