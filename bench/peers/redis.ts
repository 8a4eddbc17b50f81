// Redis that has each write on disk before it answers, by a Unix socket, which is its fastest way.

import { join } from "node:path";
import { requireProgram } from "../servers/programs.js";
import { canConnect } from "./can-connect.js";
import type { PeerKind } from "./peer.js";
import { startPeer } from "./peer-process.js";

export const redisPeer: PeerKind = {
  program: "redis-server",
  perCell: false,
  start: (core) =>
    startPeer(core, (folder) => {
      const socket = join(folder, "redis.sock");
      // https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
      const settings = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
      const where = ["--port", "0", "--unixsocket", socket, "--dir", folder];
      const command = [requireProgram("redis-server"), ...where, ...settings];
      return { command, address: socket, serves: () => canConnect(socket) };
    }),
};
