// What the guard asks of a tracer: one span for each call, whoever keeps the spans.

/** To be called once, when the call has ended. `code`: the number that gRPC gives to how it ended. */
export type EndSpan = (code: number) => void;

export interface CallTracing {
  /**
   * A call begins. `path`: as in "/portlease.v1.LeaseService/AcquireLease". `traceparent`: what the caller said of its own span;
   * a text that is none begins a trace of its own. Must not throw.
   */
  begin(path: string, traceparent: string | undefined): EndSpan;
}
