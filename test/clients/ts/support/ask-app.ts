// Asks a program of register-apps.ts for its name, in the protocol that it speaks.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { lookup } from "node:dns/promises";
import { get as getPlain } from "node:http";
import { get } from "node:https";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Client, credentials } from "@grpc/grpc-js";
import type { RegisterApp } from "./register-apps.js";

export async function askApp(app: RegisterApp, port: number): Promise<string> {
  switch (app) {
    case "net.mjs":
      return text(connect(port, "127.0.0.1"));
    case "http2.mjs":
      return overHttp2(port);
    case "https.mjs":
      return overTls(port);
    case "grpc.cjs":
      return overGrpc(port);
    case "dgram.mjs":
      return overUdp(port);
    case "http.mjs":
    case "express.cjs":
    case "fastify.mjs":
      return overHttp(port);
  }
}

async function overHttp2(port: number): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    return await text(session.request({ ":path": "/" }));
  } finally {
    session.close();
  }
}

/** Fastify listens on localhost, whichever address that is. Not by fetch, whose connect fails with UNKNOWN under Wine. */
async function overHttp(port: number): Promise<string> {
  const { address } = await lookup("localhost");
  const request = getPlain({ host: address, port, agent: false });
  const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
  return text(response);
}

async function overTls(port: number): Promise<string> {
  const request = get({ host: "127.0.0.1", port, rejectUnauthorized: false, agent: false });
  const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
  return text(response);
}

function overGrpc(port: number): Promise<string> {
  const client = new Client(`localhost:${port}`, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/app.App/Name",
      (value: string) => Buffer.from(value),
      String,
      "name",
      (error, value) => {
        client.close();
        if (error === null) resolve(value ?? "");
        else reject(error);
      },
    );
  });
}

async function overUdp(port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    const answered = once(socket, "message");
    socket.send("name", port, "127.0.0.1");
    return String((await answered)[0]);
  } finally {
    socket.close();
  }
}
