// What the doctor's two processes say to each other: one JSON document per line, a call and its answer, one after another.

import type { Probe } from "./probe.js";

/** The calls of a probe that can be made from another process. */
export type ProbeCall = Exclude<keyof Probe, "processId">;

export interface HelperCall {
  readonly call: ProbeCall;
  readonly args: readonly unknown[];
}

/** The first line is an answer as well: the helper is ready, and `value` is its process id. */
export type HelperAnswer =
  | { readonly value: unknown; readonly error: null }
  | { readonly value: null; readonly error: string };
