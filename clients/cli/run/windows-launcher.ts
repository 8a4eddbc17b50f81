// How `portlease run` starts a program on Windows. It inherits no sockets there: it asks for them (socket-server-handover.ts), or
// binds by itself where any program may bind the leased ports by their number.

import { spawn } from "node:child_process";
import { win32 } from "node:path";
import type { ChildLauncher } from "./child-launcher.js";
import { findWindowsCommand, isFile } from "./find-windows-command.js";
import { windowsSignals } from "./forward-signals.js";
import { socketServerWay } from "./socket-server-handover.js";

export const windowsLauncher: ChildLauncher = {
  signals: windowsSignals,
  socketWay: socketServerWay,
  prefersNumbers: true,
  find: (name) =>
    findWindowsCommand(name, {
      // Node looks variables up there whatever their case: https://nodejs.org/api/process.html#processenv
      searchPath: process.env["PATH"],
      pathExtensions: process.env["PATHEXT"],
      isFile,
    }),
  nameOf: (file) => win32.basename(file).replace(/\.(exe|com)$/i, ""),
  start: (file, args, environment) => spawn(file, args, { env: environment, stdio: "inherit" }),
};
