// A service as users write it: imports the client, leases a port and listens on it. Prints how many ms that took.

import { createServer } from "node:net";

const startMs = performance.now();
const { LeaseClient } = await import("@portlease/client");
const client = new LeaseClient();
const lease = await client.acquire({ service: "bench" });
const server = createServer();
await lease.listen(server);
process.stdout.write(String(performance.now() - startMs));
server.close();
await client.close();
