// Who says what /metrics answers.

/** `null` in its place: metrics are not served. */
export type MetricsSource = () => Promise<MetricsText>;

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}
