// Google's portserver with the ports that it has by default, 15000 to 24999, logging what it logs by default, into nothing.

import { join } from "node:path";
import { requireProgram } from "../servers/programs.js";
import { canConnect } from "./can-connect.js";
import type { PeerKind } from "./peer.js";
import { startPeer } from "./peer-process.js";

export const portserverPeer: PeerKind = {
  program: "portserver.py",
  perCell: true,
  start: (core) =>
    startPeer(core, (folder) => {
      const socket = join(folder, "portserver.sock");
      const program = requireProgram("portserver.py");
      const command = [program, "--portserver_unix_socket_address", socket];
      return { command, address: socket, serves: () => canConnect(socket) };
    }),
};
