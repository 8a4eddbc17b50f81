// The program behind `portlease run --proxy` in the benchmark. The first byte of a connection says what it does with the rest:
// "e" sends it back, "s" counts it and says at the end how much it was.

import { createServer, type Socket } from "node:net";

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("error", () => undefined);
  socket.once("data", (first: Buffer) => {
    if (first[0] === "e".charCodeAt(0)) echo(socket, first);
    else count(socket, first.length - 1);
  });
});
server.listen(process.env["PORT"], () => {
  console.log(JSON.stringify({ own: process.env["PORT"], leased: process.env["PORTLEASE_PORT"] }));
});

function echo(socket: Socket, first: Buffer): void {
  socket.write(first.subarray(1));
  socket.pipe(socket);
}

function count(socket: Socket, already: number): void {
  let bytes = already;
  socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
  socket.once("end", () => socket.end(String(bytes)));
}
