// The proxy that everybody writes: node's own streams, piped. Listens on any port, for one program.

import { connect, createServer, type AddressInfo } from "node:net";

const program = Number(process.argv[2]);
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  const onward = connect({ port: program, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  socket.pipe(onward).pipe(socket);
  socket.on("error", () => onward.destroy());
  onward.on("error", () => socket.destroy());
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
