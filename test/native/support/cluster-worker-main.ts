// A cluster worker that leases the port of its first message, serves on it and says where it listens.

import { createServer } from "node:net";
import { listenOnLeased, openLesseeSockets } from "@portlease/native";

process.once("message", (port: number) => {
  const server = createServer((socket) => socket.end(`worker ${process.pid}\n`));
  const socket = openLesseeSockets().bindLeased({
    protocol: "tcp",
    port,
    address: "127.0.0.1",
    ipv6Only: false,
    bindMethod: "share-port",
    token: 0n,
    tokenPortCount: 1,
  });
  listenOnLeased(server, socket).then(
    () => process.send?.(server.address()),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.("ready");
