// Binds as a port of a Windows reservation wants it: the socket is associated with the reservation's token first. Needs
// elevation (https://learn.microsoft.com/en-us/windows/win32/winsock/sio-associate-port-reservation); what to do without it is
// decided in leased-binder.ts.

import type { BoundSocket, LesseeSockets } from "@portlease/native";
import type { BindRequest, HowReserved } from "./bind-request.js";

/** Throws NativeError: ACCESS_DENIED without elevation, RESERVATION_GONE when the token is not the reservation's any more. */
export function bindAssociated(
  sockets: LesseeSockets,
  request: BindRequest,
  { token, tokenPortCount }: HowReserved,
): BoundSocket {
  return sockets.bindLeased({ ...request, bindMethod: "associate", token, tokenPortCount });
}
