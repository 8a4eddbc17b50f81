// The connections and calls of a program that serves portlease's API, under the names that dashboards for gRPC servers know:
// https://pkg.go.dev/github.com/grpc-ecosystem/go-grpc-middleware/providers/prometheus

import { codeNames, type MethodCounters, type RpcCounters } from "../grpc/rpc-counters.js";
import type { MetricRegistry, Sample } from "./metric-registry.js";

export interface MethodSource {
  readonly calls: Pick<RpcCounters, "all">;
  readonly connectionCount: () => number;
}

export function addMethodMetrics(
  registry: MetricRegistry,
  { calls, connectionCount }: MethodSource,
): void {
  registry.level(
    "portlease_connections",
    "Connections that are open: of gRPC, of HTTP, and over a local socket.",
    connectionCount,
  );
  registry.counter(
    "grpc_server_started_total",
    "Calls of portlease's services that began, by method.",
    methodLabels,
    () => [...calls.all()].map((method) => ({ labels: labelsOf(method), value: method.started })),
  );
  registry.counter(
    "grpc_server_handled_total",
    "Calls of portlease's services that ended, by method and code.",
    [...methodLabels, "grpc_code"],
    () => [...calls.all()].flatMap(handledOf),
  );
  registry.durations(
    "grpc_server_handling_seconds",
    "Seconds that calls of portlease's services took until they ended; streams, and requests that wait in line, take long.",
    methodLabels,
    () =>
      [...calls.all()]
        // Most methods are never called, and each would be 17 series.
        .filter(({ started }) => started > 0)
        .map((method) => ({ labels: labelsOf(method), durations: method.duration })),
  );
}

const methodLabels = ["grpc_type", "grpc_service", "grpc_method"] as const;

function labelsOf({ type, service, method }: MethodCounters): Readonly<Record<string, string>> {
  return { grpc_type: type, grpc_service: service, grpc_method: method };
}

/** Only codes that happened, and OK: all of them would be 17 series for each of some thirty methods. */
function handledOf(method: MethodCounters): readonly Sample[] {
  return method.handled.flatMap((value, code) => {
    if (value === 0 && code !== 0) return [];
    return [{ labels: { ...labelsOf(method), grpc_code: codeNames[code] ?? "Unknown" }, value }];
  });
}
