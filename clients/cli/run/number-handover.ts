// Hands ports over by their number alone: the program binds them by itself. That is enough where any program may bind the leased
// ports (kind ADMINISTERED); elsewhere it says so and nothing is started.

import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import { CliFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";
import type { Handover, HandoverWay, LeasedPort } from "./handover.js";

export const numberWay: HandoverWay = {
  name: "port",
  binds: false,
  open: (ports) => {
    if (bindableByNumber(ports)) return Promise.resolve(numberHandover(ports));
    const numbers = ports.map(({ port }) => port).join(", ");
    return Promise.reject(
      new CliFailure(
        exitCodes.failure,
        "UNSUPPORTED",
        "",
        `port ${numbers} is reserved so that a program cannot bind it by its number. Let the program take its sockets ` +
          "(--handover sockets, see docs/run.md), let portlease forward to it (--proxy), or use a pool of kind administered, " +
          "whose ports need no help",
      ),
    );
  },
};

/** Unset counts as plain, as the API says. */
const plainMethods: ReadonlySet<BindMethod> = new Set([
  BindMethod.BIND_METHOD_PLAIN,
  BindMethod.BIND_METHOD_UNSPECIFIED,
]);

/** Whether a program that knows nothing of portlease can bind all of them. */
export function bindableByNumber(ports: readonly LeasedPort[]): boolean {
  const reservations = ports.flatMap(({ lease }) => lease.reservations);
  return reservations.every(({ bindMethod }) => plainMethods.has(bindMethod));
}

function numberHandover(ports: readonly LeasedPort[]): Handover {
  const programPorts = ports.map(({ port }) => port);
  return {
    keepsPorts: false,
    prepare: () => Promise.resolve({ environment: {}, descriptors: [], programPorts }),
    started: () => undefined,
    ended: () => undefined,
    close: () => Promise.resolve(),
  };
}
