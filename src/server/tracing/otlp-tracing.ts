// Spans of calls, sent by OpenTelemetry's own packages to whatever the standard variables name. Loaded only when tracing is on: the
// packages are not installed with portlease.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { TracingFacts } from "./open-tracing.js";
import type { CallTracing, EndSpan } from "./call-tracing.js";
import { parseTraceParent } from "./trace-parent.js";

/** A collector that does not answer must not hold up a stop. */
const lastSpansWithinMs = 2_000;
/**
 * Codes that are the server's fault; others are answers:
 * https://opentelemetry.io/docs/specs/semconv/rpc/grpc/#grpc-status
 */
const faults: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

export interface OtlpTracing extends CallTracing {
  /** Sends what is left; gives up after two seconds. */
  close(): Promise<void>;
}

export function otlpTracing({ version, host }: TracingFacts): OtlpTracing {
  const own = resourceFromAttributes({
    "service.name": "portlease",
    "service.version": version,
    "host.name": host,
  });
  // What the variables say goes before it.
  const told = detectResources({ detectors: [envDetector] });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(own).merge(told),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer("portlease", version);
  return {
    begin: (path, traceparent) => {
      const [, service = "", method = ""] = path.split("/");
      const parent = parseTraceParent(traceparent);
      const context = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      const attributes = { "rpc.system": "grpc", "rpc.service": service, "rpc.method": method };
      const name = `${service}/${method}`;
      return endOf(tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, context));
    },
    close: async () => {
      await Promise.race([provider.shutdown().catch(() => undefined), afterLastSpans()]);
    },
  };
}

function endOf(span: Span): EndSpan {
  return (code) => {
    span.setAttribute("rpc.grpc.status_code", code);
    if (faults.has(code)) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
}

function afterLastSpans(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, lastSpansWithinMs).unref();
  });
}
