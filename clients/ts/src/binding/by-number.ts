// Binds a port by its number, as any program would: `plain`, or `share-port` beside the broker's own hold on Linux.

import type { BoundSocket, LesseeSockets } from "@portlease/native";
import type { BindRequest } from "./bind-request.js";

/** Throws NativeError. */
export function bindByNumber(
  sockets: LesseeSockets,
  request: BindRequest,
  bindMethod: "plain" | "share-port",
): BoundSocket {
  return sockets.bindLeased({ ...request, bindMethod, token: 0n, tokenPortCount: 1 });
}
