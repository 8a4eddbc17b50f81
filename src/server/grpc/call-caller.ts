// Leaves at a call who makes it, for the handlers behind the guard.

import { anonymous, type Caller } from "../access/caller.js";

const callerKey = Symbol("portlease.caller");

export function noteCaller(call: object, caller: Caller): void {
  Reflect.set(call, callerKey, caller);
}

/** Nobody in particular where no guard stands in front of the handler, as in tests of handlers. */
export function callerOf(call: object): Caller {
  const noted: unknown = Reflect.get(call, callerKey);
  return noted === undefined ? anonymous : (noted as Caller);
}
