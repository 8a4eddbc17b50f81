// Programs that know nothing of portlease, as their authors wrote them: each listens as the documentation of its library shows.
// They print "listening <port>" and answer with their name.

/** One file each, by its name. */
export const registerApps = {
  "http.mjs": `
import { createServer } from "node:http";
const server = createServer((request, response) => response.end("http.mjs"));
server.listen(process.env.PORT || 0, () => console.log("listening " + server.address().port));
`,
  "express.cjs": `
const express = require("express");
const app = express();
app.get("/", (request, response) => response.send("express.cjs"));
const server = app.listen(0, (error) => {
  if (error) throw error;
  console.log("listening " + server.address().port);
});
`,
  "fastify.mjs": `
import Fastify from "fastify";
const fastify = Fastify();
fastify.get("/", () => "fastify.mjs");
await fastify.listen({ port: 0 });
console.log("listening " + fastify.server.address().port);
`,
  "grpc.cjs": `
const { Server, ServerCredentials } = require("@grpc/grpc-js");
const asText = { requestSerialize: Buffer.from, requestDeserialize: String, responseSerialize: Buffer.from, responseDeserialize: String };
const server = new Server();
server.addService(
  { name: { path: "/app.App/Name", requestStream: false, responseStream: false, ...asText } },
  { name: (call, callback) => callback(null, "grpc.cjs") },
);
server.bindAsync("localhost:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log("listening " + port);
});
`,
  "net.mjs": `
import { createServer } from "node:net";
const server = createServer((socket) => socket.end("net.mjs"));
server.listen("portlease:orders", () => console.log("listening " + server.address().port));
`,
  "http2.mjs": `
import { createServer } from "node:http2";
const server = createServer((request, response) => response.end("http2.mjs"));
server.listen({ port: 0, host: "127.0.0.1" }, () => console.log("listening " + server.address().port));
`,
  "https.mjs": `
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
const { CERT, KEY } = process.env;
const server = createServer({ cert: readFileSync(CERT), key: readFileSync(KEY) }, (request, response) => response.end("https.mjs"));
server.listen({ port: 0 }, () => console.log("listening " + server.address().port));
`,
  "dgram.mjs": `
import { createSocket } from "node:dgram";
const socket = createSocket("udp4");
socket.on("message", (message, { address, port }) => socket.send("dgram.mjs", port, address));
socket.bind(() => console.log("listening " + socket.address().port));
`,
} as const;

export type RegisterApp = keyof typeof registerApps;
