// Servers whose handle is taken out of them once they listen: Node's cluster does so in the primary process, and throws the server
// away. Such a server never tells of its close; its handle does.
// https://github.com/nodejs/node/blob/v20.20.2/lib/internal/cluster/round_robin_handle.js

import type { Server } from "node:net";

export interface HandleWatch {
  /** The server listens now. `closed` is called when a handle that was taken out of it closes; never for any other. */
  listening(closed: () => void): void;
  stop(): void;
}

/** To be called before the server listens. */
export function watchHandle(server: Server): HandleWatch {
  let handle: unknown = null;
  const look = (): void => void (handle = Reflect.get(server, "_handle"));
  // Before the application's listeners, of which one may be the taker.
  server.prependOnceListener("listening", look);
  return {
    listening: (closed) => {
      if (!server.listening) callAtClose(handle, closed);
    },
    stop: () => server.off("listening", look),
  };
}

function callAtClose(handle: unknown, closed: () => void): void {
  if (typeof handle !== "object" || handle === null) return;
  const close: unknown = Reflect.get(handle, "close");
  if (typeof close !== "function") return;
  Reflect.set(handle, "close", (...args: unknown[]): unknown => {
    closed();
    return Reflect.apply(close, handle, args);
  });
}
