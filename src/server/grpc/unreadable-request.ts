// Requests whose bytes are no message of their method. grpc-js would answer INTERNAL, which is what a fault of the broker looks like.

import type { ServiceDefinition } from "@grpc/grpc-js";
import { fieldInvalid } from "../domain/refusals.js";
import type { BrokerError } from "../domain/errors.js";

/** Stands in the place of the message. */
export class UnreadableRequest {
  /** What the caller is told once it is known that it may call. */
  readonly refusal: BrokerError;

  constructor(refusal: BrokerError) {
    this.refusal = refusal;
  }
}

/** The same service, but what cannot be decoded reaches the guard and is refused there. */
export function withUnreadable(definition: ServiceDefinition): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => {
      const requestDeserialize = (bytes: Buffer): unknown => {
        try {
          return method.requestDeserialize(bytes) as unknown;
        } catch {
          return new UnreadableRequest(unreadableBytes());
        }
      };
      return [name, { ...method, requestDeserialize }];
    }),
  );
}

/** Throws field_invalid. */
export function checkReadable(request: unknown): void {
  if (request instanceof UnreadableRequest) throw request.refusal;
}

/** The refusal. */
export function unreadableBytes(): BrokerError {
  return fieldInvalid(
    "request",
    "is no message of this method, as far as its bytes say; make the client anew from the files of this API",
  );
}
