// A service as it was written for the previous version. Compiled here, copied into the tree of that version and run there: then
// @portlease/client is the old one. Says line by line what becomes of its lease, serves an echo on its port until its input ends.

import { createServer, type Socket } from "node:net";
import { LeaseClient } from "@portlease/client";

/** What it says, as lines of JSON. */
export interface ServiceReport {
  readonly event: "serving" | "renewed" | "jeopardy" | "lost";
  readonly leaseId: string;
  readonly port: number;
  readonly generation: string;
  /** The URL of the client library that it runs with. */
  readonly library: string;
}

const [address = "", instance = ""] = process.argv.slice(2);
const library = import.meta.resolve("@portlease/client");
const client = new LeaseClient({ address });
const lease = await client.acquire({ service: "orders", instance, ttlMs: 15_000 });

function report(event: ServiceReport["event"]): void {
  const { leaseId, port, generation } = lease;
  const line: ServiceReport = { event, leaseId, port, generation: String(generation), library };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const connections = new Set<Socket>();
const server = createServer((socket) => {
  connections.add(socket);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => connections.delete(socket));
  socket.pipe(socket);
});
lease.on("renewed", () => report("renewed"));
lease.on("jeopardy", () => report("jeopardy"));
lease.on("lost", () => report("lost"));
await lease.listen(server, { host: "127.0.0.1" });
report("serving");

process.stdin.resume().once("end", () => {
  for (const socket of connections) socket.destroy();
  server.close(() => void lease.release().then(() => client.close()));
});
