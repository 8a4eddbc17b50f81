// What HTTP serves beside methods, probes and files: texts for programs, such as /metrics. Which role each needs is in
// access/method-roles.ts.

export interface PageText {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Rejects with BrokerError or HttpRefusal for a query that it cannot answer. `over` resolves when the caller has taken the answer, or
 * takes it no more: until then its text is kept.
 */
export type Page = (query: URLSearchParams, over: Promise<void>) => Promise<PageText> | PageText;

/** By path. */
export type Pages = ReadonlyMap<string, Page>;
