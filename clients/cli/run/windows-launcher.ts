// How `portlease run` starts a program on Windows: without sockets, since a program there finds none among its descriptors.
// That is enough where any program may bind the leased ports by their number; elsewhere it says so and starts nothing.

import { spawn } from "node:child_process";
import { win32 } from "node:path";
import { BindMethod } from "@portlease/proto/portlease/v1/common.js";
import type { ChildLauncher, LeasedSockets } from "./child-launcher.js";
import { CliFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";
import { findWindowsCommand, isFile } from "./find-windows-command.js";
import { windowsSignals } from "./forward-signals.js";

export const windowsLauncher: ChildLauncher = {
  passesSockets: false,
  signals: windowsSignals,
  find: (name) =>
    findWindowsCommand(name, {
      // Node looks variables up there whatever their case: https://nodejs.org/api/process.html#processenv
      searchPath: process.env["PATH"],
      pathExtensions: process.env["PATHEXT"],
      isFile,
    }),
  nameOf: (file) => win32.basename(file).replace(/\.(exe|com)$/i, ""),
  open: (lease) => {
    const failure = needsSocket(lease);
    return failure === null ? Promise.resolve([]) : Promise.reject(failure);
  },
  start: (file, args, environment) => spawn(file, args, { env: environment, stdio: "inherit" }),
};

/** Unset counts as plain, as the API says. */
const plainMethods: ReadonlySet<BindMethod> = new Set([
  BindMethod.BIND_METHOD_PLAIN,
  BindMethod.BIND_METHOD_UNSPECIFIED,
]);

function needsSocket({ ports, reservations }: LeasedSockets): CliFailure | null {
  if (reservations.every(({ bindMethod }) => plainMethods.has(bindMethod))) return null;
  return new CliFailure(
    exitCodes.failure,
    "UNSUPPORTED",
    "",
    `port ${ports.join(", ")} is reserved so that a program cannot bind it by its number, and this version does not pass ` +
      "sockets to programs on Windows; let the program lease and bind by itself with a client library, or use a pool of " +
      "kind administered, whose ports need no help",
  );
}
