// A worker: serves on the listening socket that its parent gave it as descriptor 3, and ends when the parent is gone.

import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.setHeader("connection", "close");
  response.end(`worker ${process.pid}\n`);
});
server.listen({ fd: 3 }, () => console.log(`worker serves on port ${process.env.PORT}`));
process.once("disconnect", () => process.exit());
