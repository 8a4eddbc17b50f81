// Stands for a container with a published port, so that this example needs no Docker: binds the port by its number, as
// Docker's proxy does, and answers with it.

import { createServer } from "node:net";

const port = Number(process.argv[2]);
const server = createServer((socket) => socket.end(`container on port ${port}\n`));
server.listen(port, "127.0.0.1", () => process.send("ready"));
process.once("disconnect", () => process.exit());
