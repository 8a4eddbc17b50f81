// Makes `listen` of every server of this process lease where decision.ts says so. http, https, http2, tls and all that is built on
// them, such as Express, Fastify and grpc-js, listen through net.Server.

import { Server } from "node:net";
import { decide, type ListenDecision, type ProcessFacts } from "./decision.js";
import { listenWish, namePrefix, type ListenWish } from "./listen-arguments.js";
import { LeasedServers } from "./leased-servers.js";
import { patchMethod } from "./patched-method.js";
import type { ProcessLeases } from "./process-leases.js";
import { refusePassedAlready, refusePassedElsewhere } from "./refused-listens.js";
import type { WithoutBroker } from "./without-broker.js";

export interface PatchWorld {
  readonly leases: ProcessLeases;
  readonly facts: Omit<ProcessFacts, "leases">;
  readonly without: WithoutBroker;
  /** This is a cluster worker, and its primary leases for it. */
  readonly primaryLeases: boolean;
}

export function patchServers({ leases, facts, without, primaryLeases }: PatchWorld): LeasedServers {
  const known = { ...facts, leases: (port: number) => leases.has("tcp", port) };
  /** Ports of `portlease run` whose sockets were taken. */
  const taken = new Set<number>();
  const servers = new LeasedServers(leases, (server, args) => plainListen(server, args), without);
  const plainListen = patchMethod(Server.prototype, "listen", (server, args, original) => {
    const wish = listenWish(args);
    // A handle is what comes in the end for a server that waits.
    if (wish.place.kind === "handle" || server.listening) return original(args);
    if (servers.isWaiting(server)) throw alreadyListening();
    if (primaryLeases && !wish.exclusive) return original(argumentsForPrimary(args, wish));
    carryOut(decide(wish.place, known), server, wish, () => original(args));
    return server;
  });
  patchMethod(Server.prototype, "close", (server, args, original) => {
    const given = servers.wouldListen(server) ? withoutRefusal(server, args) : args;
    servers.closing(server);
    return original(given);
  });
  patchMethod(Server.prototype, Symbol.asyncDispose, (server, args, original) =>
    servers.wouldListen(server) ? closed(server) : original(args),
  );

  function carryOut(
    decision: ListenDecision,
    server: Server,
    wish: ListenWish,
    leave: () => unknown,
  ): void {
    switch (decision.kind) {
      case "leave":
        leave();
        return;
      case "lease":
        servers.listen(server, { protocol: "tcp", ...decision }, wish);
        return;
      case "join":
        servers.listen(server, { protocol: "tcp", service: null, port: decision.port }, wish);
        return;
      case "passed":
        if (taken.has(decision.port)) return refusePassedAlready(server, decision.port);
        taken.add(decision.port);
        plainListen(server, passedArguments(decision.descriptor, wish));
        return;
      case "passed-elsewhere":
        refusePassedElsewhere(server, decision.port, decision.ownerProcessId);
    }
  }
  return servers;
}

/** Node closes only a server that listens. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Node tells the callback of `close` that the server was not running; one that waits for its lease counts as running. */
function withoutRefusal(server: Server, args: readonly unknown[]): readonly unknown[] {
  const [callback] = args;
  return typeof callback === "function" ? [() => void Reflect.apply(callback, server, [])] : args;
}

/** A name goes over to the primary as a path, the only text that Node takes there. */
function argumentsForPrimary(args: readonly unknown[], wish: ListenWish): readonly unknown[] {
  const { place, options, backlog, callback } = wish;
  if (place.kind !== "name" || "path" in options) return args;
  const { port: _port, ...others } = options;
  const path = `${namePrefix}${place.name}`;
  return [{ ...others, path, ...(backlog === null ? {} : { backlog }) }, callback];
}

function passedArguments(
  descriptor: number,
  { backlog, signal, callback }: ListenWish,
): readonly unknown[] {
  const options = {
    fd: descriptor,
    ...(backlog === null ? {} : { backlog }),
    ...(signal === null ? {} : { signal }),
  };
  return callback === null ? [options] : [options, callback];
}

/** As Node throws it: https://nodejs.org/api/errors.html#err_server_already_listen */
function alreadyListening(): Error {
  const message = "Listen method has been called more than once without closing.";
  return Object.assign(new Error(message), { code: "ERR_SERVER_ALREADY_LISTEN" });
}
