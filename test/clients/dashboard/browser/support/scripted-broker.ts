// A server that shows the dashboard one of the scenarios: it serves the built files and answers in the shapes of the broker's API.
// For pictures of states that a real broker is not quickly brought to; what the dashboard does is tested against a real one.

import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { repositoryRoot } from "../../../../support/repository.js";
import { scenarioAnswer, scenarioEvents } from "./scenario-answers.js";
import type { Scenario } from "./scenarios.js";

const filesFolder = join(repositoryRoot, "dist", "clients", "dashboard");

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** As the broker sends it. */
const policy = "default-src 'self'";

export interface ScriptedBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** Port 0 is a free one. */
export async function startScriptedBroker(scenario: Scenario, port = 0): Promise<ScriptedBroker> {
  const server = createServer((request, response) => answer(scenario, request, response));
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}/`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

function answer(scenario: Scenario, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  response.setHeader("content-security-policy", policy);
  if (pathname.endsWith("/WatchBroker")) return stream(scenario, response);
  if (pathname.startsWith("/portlease.v1."))
    return void unary(scenario, pathname, request, response);
  const file = join(filesFolder, normalize(pathname === "/" ? "/index.html" : pathname));
  if (!existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}

async function unary(
  scenario: Scenario,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const method = pathname.split("/").at(-1) ?? "";
  const body = JSON.parse(text) as Record<string, unknown>;
  const { status, json } = scenarioAnswer(scenario, method, body);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(json));
}

function stream(scenario: Scenario, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (message: object): void =>
    void response.write(`data: ${JSON.stringify(message)}\n\n`);
  const nothing = {
    revision: "48213",
    pools: [],
    removedPools: [],
    blocks: [],
    removedBlockIds: [],
    ports: [],
    events: [],
    skippedEvents: 0,
  };
  const { broker, pools, blocks, ports } = scenario;
  send({
    ...nothing,
    broker,
    pools,
    blocks,
    ports: ports.runs("b-7f3a"),
    events: scenarioEvents(scenario),
  });
  const timer = setInterval(() => send(nothing), 1_000);
  response.once("close", () => clearInterval(timer));
}
