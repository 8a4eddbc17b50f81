// Reads what a caller says of the span that its call belongs to: https://www.w3.org/TR/trace-context/#traceparent-header

import type { SpanContext } from "@opentelemetry/api";

/** A later version may say more behind the flags, and "ff" is none. */
const pattern = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;
const nothing = /^0+$/;
const radix = 16;

/** `null`: it is missing, or not as it should be. */
export function parseTraceParent(traceparent: string | undefined): SpanContext | null {
  const [, traceId = "", spanId = "", flags = ""] = pattern.exec(traceparent ?? "") ?? [];
  if (nothing.test(traceId) || nothing.test(spanId) || flags === "") return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, radix), isRemote: true };
}
