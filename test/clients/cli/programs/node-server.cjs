// A server of Node on the socket that socket activation passes as descriptor 3. Answers with its process id; ends with 5 on SIGTERM.
const { createServer } = require("node:http");

const server = createServer((_request, response) => response.end(String(process.pid)));
server.listen({ fd: 3 }, () => console.log(`serving pid ${process.pid} port ${process.env.PORT}`));
process.on("SIGTERM", () => process.exit(5));
