// A small HTTP service as anybody would write it: leases a port, serves on it, and says where. Used by the demo.
// node service.mjs NAME
import { createServer } from "node:http";
import { LeaseClient } from "@portlease/client";

const [, , name] = process.argv;
const client = new LeaseClient();

/** A full pool says when to ask again. */
async function acquireWhenFree() {
  for (;;) {
    try {
      return await client.acquire({ service: name, ttlMs: 2_000 });
    } catch (error) {
      if (error.reason !== "POOL_FULL") throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryDelayMs ?? 250));
    }
  }
}

const lease = await acquireWhenFree();
const server = createServer((_request, response) => response.end(`hello from ${name}\n`));
await lease.listen(server);
lease.on("lost", () => console.error(`${name} lost port ${lease.port}`));
console.log(JSON.stringify({ name, port: lease.port, generation: String(lease.generation) }));
