// A Fastify application as anybody writes it: nothing in here knows of portlease.

import Fastify from "fastify";

const app = Fastify();
app.get("/", () => "hello from Fastify\n");

await app.listen({ port: Number(process.env.PORT ?? 0) });
console.log(`Fastify listens on port ${app.server.address().port}`);
