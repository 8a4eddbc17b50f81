// Counts calls by method: how many began, how they ended, how long they took. The guard counts every call that reaches it, those
// that it turns away too. Names of codes and services are as Prometheus users know them from other gRPC servers.

import type { MethodDefinition, status } from "@grpc/grpc-js";
import type { Clock } from "../domain/boundaries.js";
import { DurationCounts } from "../domain/duration-counts.js";
import type { EndCall } from "./call-ends.js";

/**
 * Those of other gRPC servers, in milliseconds, and two below them: most answers here take less than 5 ms.
 * https://pkg.go.dev/github.com/prometheus/client_golang/prometheus#pkg-variables (DefBuckets)
 */
const handlingBoundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** By number, as Go prints them: https://pkg.go.dev/google.golang.org/grpc/codes#Code.String */
export const codeNames = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

const unknown: status.UNKNOWN = 2;

export type RpcType = "unary" | "client_stream" | "server_stream" | "bidi_stream";

type AnyMethod = Pick<
  MethodDefinition<unknown, unknown>,
  "path" | "requestStream" | "responseStream"
>;

export class MethodCounters {
  /** With its package. */
  readonly service: string;
  readonly method: string;
  readonly type: RpcType;
  readonly duration = new DurationCounts(handlingBoundsMs);
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #handled = codeNames.map(() => 0);
  #started = 0;

  constructor(definition: AnyMethod, clock: Pick<Clock, "monotonicMs">) {
    const [, service = "", method = ""] = definition.path.split("/");
    this.service = service;
    this.method = method;
    this.type = typeOf(definition);
    this.#clock = clock;
  }

  get started(): number {
    return this.#started;
  }

  /** By number of the code. */
  get handled(): readonly number[] {
    return this.#handled;
  }

  /** A call begins. Returns what to call once when it has ended. */
  begin(): EndCall {
    this.#started += 1;
    const beganMs = this.#clock.monotonicMs();
    return (code) => {
      const known = code in codeNames ? code : unknown;
      this.#handled[known] = (this.#handled[known] ?? 0) + 1;
      this.duration.add(this.#clock.monotonicMs() - beganMs);
    };
  }
}

export class RpcCounters {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #methods = new Map<string, MethodCounters>();

  /** `clock`: one that counts real time. */
  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** The same for the same path. */
  of(definition: AnyMethod): MethodCounters {
    const known = this.#methods.get(definition.path);
    if (known !== undefined) return known;
    const counters = new MethodCounters(definition, this.#clock);
    this.#methods.set(definition.path, counters);
    return counters;
  }

  all(): IterableIterator<MethodCounters> {
    return this.#methods.values();
  }
}

function typeOf({ requestStream, responseStream }: AnyMethod): RpcType {
  if (requestStream) return responseStream ? "bidi_stream" : "client_stream";
  return responseStream ? "server_stream" : "unary";
}
