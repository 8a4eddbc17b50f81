// The least that a program can do that has anything to do with gRPC: imports it, listens on any port, makes one empty call. Prints how
// many ms that took.

import { once } from "node:events";
import { createServer } from "node:net";

const startMs = performance.now();
const { credentials } = await import("@grpc/grpc-js");
const { HealthClient } = await import("@portlease/proto/grpc/health/v1/health.js");
const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const health = new HealthClient(
  process.env["PORTLEASE_ADDRESS"] ?? "",
  credentials.createInsecure(),
);
await new Promise<void>((resolve, reject) => {
  health.check({ service: "" }, (error) => (error === null ? resolve() : reject(error)));
});
process.stdout.write(String(performance.now() - startMs));
server.close();
health.close();
