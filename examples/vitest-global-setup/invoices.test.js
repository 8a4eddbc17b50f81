// One of the test files that run at the same time, each with a server on the port of its worker.

import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workerPort } from "./worker-port.js";

const server = createServer((_request, response) => response.end("invoices"));
beforeAll(() => new Promise((done) => server.listen(workerPort, "127.0.0.1", done)));
afterAll(() => new Promise((done) => server.close(done)));

test("invoices are served on the port of this worker", async () => {
  // The next file of this worker has its server on the same port: no connection may be kept for it.
  const headers = { connection: "close" };
  const answer = await fetch(`http://127.0.0.1:${workerPort}/`, { headers });
  expect(await answer.text()).toBe("invoices");
});
