// The programs of register-apps.ts as they are written with get-port: it finds a free port of a range, and then they listen on it.
// https://github.com/sindresorhus/get-port#readme

/** The range is FIRST_PORT to LAST_PORT of the environment. */
const freePort = `
const { default: getPort, portNumbers } = await import("get-port");
const { FIRST_PORT, LAST_PORT } = process.env;
const port = await getPort({ port: portNumbers(Number(FIRST_PORT), Number(LAST_PORT)) });
`;

export const getPortApps = {
  "express.cjs": `
import express from "express";
${freePort}
const app = express();
app.get("/", (request, response) => response.send("express.cjs"));
app.listen(port, (error) => {
  if (error) throw error;
  console.log("listening " + port);
});
`,
  "fastify.mjs": `
import Fastify from "fastify";
${freePort}
const fastify = Fastify();
fastify.get("/", () => "fastify.mjs");
await fastify.listen({ port });
console.log("listening " + port);
`,
  "grpc.cjs": `
import { Server, ServerCredentials } from "@grpc/grpc-js";
${freePort}
const server = new Server();
server.bindAsync("localhost:" + port, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  console.log("listening " + port);
});
`,
} as const;
