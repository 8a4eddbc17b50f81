// One Session stream to the broker, as the rest of the client sees it, and its gRPC form. Reconnecting is session-link.ts.

import type { ServiceError } from "@grpc/grpc-js";
import type {
  SessionRequest,
  SessionResponse,
} from "@portlease/proto/portlease/v1/lease_service.js";
import type { BrokerLink } from "./broker-connection.js";
import type { PortleaseError } from "./errors.js";
import { toPortleaseError } from "./status-details.js";

/** A stream that may or may not have reached the broker yet: what is sent before waits in it. */
export interface SessionStream {
  /** No-op once the stream is closed. */
  send(request: SessionRequest): void;
  /** Says that nothing more comes; answers under way still arrive, then the broker closes. */
  end(): void;
  /** Gives the stream up. `closed` is called later. */
  cancel(): void;
}

export interface SessionStreamEvents {
  received(response: SessionResponse): void;
  /** Called once, last. `null`: the broker ended the stream in order. */
  closed(error: PortleaseError | null): void;
}

/** Opens a stream. Events come later, never during the call. */
export type OpenSessionStream = (events: SessionStreamEvents) => SessionStream;

/** Opens streams over gRPC, each where `reach` says. */
export function grpcSessionStreams(reach: () => BrokerLink): OpenSessionStream {
  return (events) => {
    const { address, rpc, metadata } = reach();
    const call = rpc.session(metadata());
    let open = true;
    const close = (error: PortleaseError | null): void => {
      if (!open) return;
      open = false;
      events.closed(error);
    };
    call.on("data", (response: SessionResponse) => events.received(response));
    call.on("error", (error: ServiceError) => close(toPortleaseError(error, address)));
    call.on("end", () => close(null));
    return {
      send: (request) => void (open && call.write(request)),
      end: () => void (open && call.end()),
      cancel: () => call.cancel(),
    };
  };
}
