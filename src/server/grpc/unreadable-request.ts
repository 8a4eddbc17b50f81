// Requests whose bytes are no message of their method. grpc-js would answer INTERNAL, which is what a fault of the broker looks like.

import type { ServiceDefinition } from "@grpc/grpc-js";
import { fieldInvalid } from "../domain/acquire-request.js";

/** Stands in the place of the message. */
const unreadable = Symbol("a request that cannot be read");

/** The same service, but what cannot be decoded reaches the guard and is refused there. */
export function withUnreadable(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => {
      const requestDeserialize = (bytes: Buffer): unknown => {
        try {
          return method.requestDeserialize(bytes) as unknown;
        } catch {
          return unreadable;
        }
      };
      return [name, { ...method, requestDeserialize }];
    }),
  );
}

/** Throws field_invalid. */
export function checkReadable(request: unknown): void {
  if (request !== unreadable) return;
  throw fieldInvalid(
    "request",
    "is no message of this method, as far as its bytes say; make the client anew from the files of this API",
  );
}
