// Makes `bind` of every dgram socket of this process lease where decision.ts says so.

import { Socket } from "node:dgram";
import { bindWish } from "./bind-arguments.js";
import { decide, type ProcessFacts } from "./decision.js";
import { LeasedDatagrams } from "./leased-datagrams.js";
import { patchMethod } from "./patched-method.js";
import type { PatchWorld } from "./patch-servers.js";

/** `byNumber`: ports are leased for numbers too, and not only for names. */
export function patchDatagrams({ leases, facts, without }: PatchWorld, byNumber: boolean): void {
  const known: ProcessFacts = {
    ...facts,
    // `portlease run` passes TCP sockets only.
    passed: null,
    leases: (port) => leases.has("udp", port),
  };
  const datagrams = new LeasedDatagrams(leases, (socket, args) => plainBind(socket, args), without);
  const plainBind = patchMethod(Socket.prototype, "bind", (socket, args, original) => {
    const wish = bindWish(args);
    if (wish.place.kind === "handle") return original(args);
    if (datagrams.isWaiting(socket)) {
      if (wish.implicit) return socket;
      throw alreadyBound();
    }
    const isName = wish.place.kind === "name";
    const decision = decide(wish.place, known);
    const leasing = decision.kind === "lease" || decision.kind === "join";
    if (!leasing || wish.implicit || !(isName || byNumber) || isBound(socket))
      return original(args);
    const service = decision.kind === "lease" ? decision.service : null;
    datagrams.bind(socket, { protocol: "udp", service, port: decision.port }, wish);
    return socket;
  });
}

/** Node throws then, and for a closed socket; only one that is open and not bound has no address: EBADF, or EINVAL on Windows. */
function isBound(socket: Socket): boolean {
  try {
    return socket.address().port !== 0;
  } catch (error) {
    return Reflect.get(Object(error), "code") === "ERR_SOCKET_DGRAM_NOT_RUNNING";
  }
}

/** As Node throws it: https://nodejs.org/api/errors.html#err_socket_already_bound */
function alreadyBound(): Error {
  return Object.assign(new Error("Socket is already bound"), { code: "ERR_SOCKET_ALREADY_BOUND" });
}
