// Stands in front of every method of a service: asks the gate, turns away who may not, tells handlers who calls, and writes down
// who changed the broker. Because it wraps whole services, no handler can forget it.

import type {
  Metadata,
  MethodDefinition,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { methodOf } from "../access/access-refusals.js";
import type { CallOrigin, Gate, GatedCall } from "../access/gate.js";
import { neededRoles } from "../access/method-roles.js";
import type { AuditTrail } from "../audit-trail/audit-trail.js";
import type { Clock } from "../domain/boundaries.js";
import { BrokerError } from "../domain/errors.js";
import type { Log } from "../log.js";
import type { CallTracing } from "../tracing/call-tracing.js";
import { AuditedCalls, type ServedCall } from "./audited-calls.js";
import { BoundedCalls } from "./bounded-calls.js";
import { noteCaller } from "./call-caller.js";
import { type EndCall, endWhenAnswered, endWithStream } from "./call-ends.js";
import { hostLooksMax } from "./limits.js";
import { OpenCalls, type UnaryCallback } from "./open-calls.js";
import { isInternal, toWireError } from "./rich-error.js";
import { type MethodCounters, RpcCounters } from "./rpc-counters.js";
import { checkReadable } from "./unreadable-request.js";

export interface GuardParts {
  readonly gate: Pick<Gate, "admit" | "check">;
  readonly originOf: (peer: string) => CallOrigin;
  readonly trail: AuditTrail;
  /** For how long calls take. */
  readonly clock: Clock;
  readonly log: Log;
  /** `null`: calls are not traced. */
  readonly tracing?: CallTracing | null;
}

/** What all four kinds of calls of grpc-js have in common; calls that come by HTTP have it, too. */
export interface AnyCall extends ServedCall {
  readonly metadata: Metadata;
  /** `undefined` for sessions, which check each of their messages. */
  readonly request?: unknown;
  getPeer(): string;
}

/** `undefined` for methods that answer with a stream. */
type Callback = UnaryCallback | undefined;
export type AnyHandler = (call: AnyCall, callback: Callback) => void;

/** They read the tables of the operating system, or start its tools. */
const hostLooks: ReadonlySet<string> = new Set(
  ["ExplainPort", "AuditPorts", "ListExcludedRanges"].map(
    (name) => `/portlease.v1.AdminService/${name}`,
  ),
);

export class Guard {
  /** Of every call, by whatever server it came. */
  readonly counters: RpcCounters;
  readonly #parts: GuardParts;
  readonly #calls = new OpenCalls();
  readonly #audited: AuditedCalls;
  readonly #looks = new BoundedCalls(hostLooksMax, "ask the operating system");

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.counters = new RpcCounters(parts.clock);
    this.#audited = new AuditedCalls(parts.trail, parts.log);
  }

  /** The same service, guarded. A method without a handler stays without: grpc-js answers UNIMPLEMENTED. */
  around(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): UntypedServiceImplementation {
    return Object.fromEntries(
      Object.entries(definition).flatMap(([name, method]) => {
        const handler = implementation[name] as AnyHandler | undefined;
        if (handler === undefined) return [];
        return [[name, this.#guarded(method, handler.bind(implementation)) as UntypedHandleCall]];
      }),
    );
  }

  /** Ends the calls under way of callers who may not make them any more. Call it when tokens have changed. */
  checkCalls(): void {
    this.#calls.endUnless((shown) => this.#parts.gate.check(shown));
  }

  /** Ends all calls that are under way with the same error. */
  endAll(error: BrokerError): void {
    this.#calls.endAll(error);
  }

  /** For what is served beside methods, such as "/metrics". Throws BrokerError as the gate does. */
  admit(path: string, metadata: Metadata, peer: string): void {
    const shown = this.#shown(path, { metadata, getPeer: () => peer });
    try {
      this.#parts.gate.admit(shown);
    } catch (error) {
      if (error instanceof BrokerError) this.#audited.turnedAway(shown, peer, error);
      throw error;
    }
  }

  #guarded(definition: MethodDefinition<unknown, unknown>, handler: AnyHandler): AnyHandler {
    const { path } = definition;
    const counters = this.counters.of(definition);
    const changes = neededRoles(path)?.includes("admin") ?? true;
    const looks = hostLooks.has(path);
    return (call, uncounted) => {
      const end = this.#begin(counters, path, call);
      if (uncounted === undefined) endWithStream(call, end);
      const callback = uncounted === undefined ? undefined : endWhenAnswered(uncounted, end);
      let answer = callback;
      try {
        const shown = this.#shown(path, call);
        const caller = this.#parts.gate.admit(shown);
        checkReadable(call.request);
        noteCaller(call, caller);
        if (callback === undefined) this.#calls.addStream(call, shown);
        const counted = looks ? this.#counted(path, callback) : callback;
        answer = counted === undefined ? undefined : this.#calls.addUnary(counted, shown);
        if (!changes) handler(call, answer);
        else this.#audited.serve({ ...shown, caller, peer: call.getPeer() }, call, handler, answer);
      } catch (error) {
        const refusal = toWireError(error);
        if (error instanceof BrokerError)
          this.#audited.turnedAway(this.#shown(path, call), call.getPeer(), error);
        // A handler of a stream may fail at once, too.
        if (isInternal(error)) this.#parts.log.error("call failed", { method: path, error });
        else this.#parts.log.debug("a call was turned away", { path, reason: refusal.details });
        if (answer === undefined) call.emit("error", refusal);
        else answer(refusal);
      }
    };
  }

  #begin(counters: MethodCounters, path: string, { metadata }: AnyCall): EndCall {
    const end = counters.begin();
    const { tracing = null } = this.#parts;
    if (tracing === null) return end;
    const endSpan = tracing.begin(path, metadata.get("traceparent").map(String)[0]);
    return (code) => {
      end(code);
      endSpan(code);
    };
  }

  #shown(path: string, call: Pick<AnyCall, "metadata" | "getPeer">): GatedCall {
    const authorization = call.metadata.get("authorization").map(String);
    return { path, authorization, origin: this.#parts.originOf(call.getPeer()) };
  }

  #counted(path: string, callback: Callback): Callback {
    const end = this.#looks.begin(methodOf(path));
    return (error, ...answer) => {
      end();
      callback?.(error, ...answer);
    };
  }
}
