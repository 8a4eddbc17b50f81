// Notices a gRPC channel that tries to connect and gets nowhere: grpc-js waits without limit for the first word of HTTP/2 on a
// connection that was accepted, and tries no other one meanwhile. https://github.com/grpc/grpc-node/issues/2785

import { type Channel, connectivityState } from "@grpc/grpc-js";
import type { Timer, Timers } from "./clock.js";

/**
 * How long a channel may be without a connection while it wants one, in milliseconds: time for TCP to ask three times (0, 1, 3 and 7 s,
 * https://www.rfc-editor.org/rfc/rfc6298) and for a TLS handshake, and well within the 30 s that an acquire tries.
 */
export const connectMsMax = 10_000;

/** Calls `stuck` each time that the channel has wanted a connection for `connectMsMax` and had none. Ends with the channel. */
export function watchConnecting(
  channel: Pick<Channel, "getConnectivityState" | "watchConnectivityState">,
  timers: Timers,
  stuck: () => void,
): void {
  let timer: Timer | null = null;
  const fire = (): void => {
    timer = null;
    stuck();
  };
  const look = (): void => {
    const state = channel.getConnectivityState(false);
    // A failure does not begin the time anew: the channel goes on to say that it failed while it connects again.
    if (wantsConnection(state)) timer ??= timers.after(connectMsMax, fire);
    else {
      timer?.cancel();
      timer = null;
    }
    if (state === connectivityState.SHUTDOWN) return;
    channel.watchConnectivityState(state, Infinity, look);
  };
  look();
}

function wantsConnection(state: connectivityState): boolean {
  return state === connectivityState.CONNECTING || state === connectivityState.TRANSIENT_FAILURE;
}
