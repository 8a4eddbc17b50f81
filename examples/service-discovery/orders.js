// A service as anybody writes it: nothing in here knows of portlease.

import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.end(`hello from orders on port ${server.address().port}\n`);
});
server.listen(0, () => console.log(`orders serves on port ${server.address().port}`));
