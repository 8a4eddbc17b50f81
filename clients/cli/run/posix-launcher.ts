// How `portlease run` starts a program on Linux and macOS: with listening sockets as its descriptors 3 and up, as systemd does.

import { spawn } from "node:child_process";
import { basename } from "node:path";
import type { ChildLauncher } from "./child-launcher.js";
import { descriptorWay } from "./descriptor-handover.js";
import { findCommand } from "./find-command.js";
import { posixSignals } from "./forward-signals.js";

/**
 * LISTEN_PID must be the child's own process id, which is known only once it exists. So the shell notes its own id and then
 * becomes the program. A shell such as dash drops variables whose names it could not have set itself ("MY-VAR").
 */
const becomeProgram = 'export LISTEN_PID=$$; exec "$@"';
const becomeProgramWithoutSockets = 'exec "$@"';

export const posixLauncher: ChildLauncher = {
  signals: posixSignals,
  socketWay: descriptorWay,
  prefersNumbers: false,
  find: (name) => findCommand(name, process.env["PATH"]),
  nameOf: (file) => basename(file),
  start: (file, args, environment, descriptors) => {
    const script = descriptors.length > 0 ? becomeProgram : becomeProgramWithoutSockets;
    return spawn("/bin/sh", ["-c", script, "sh", file, ...args], {
      env: environment,
      stdio: ["inherit", "inherit", "inherit", ...descriptors],
    });
  },
};
