// A server under the register hook tells the same, in the same order, as one without it: one program, run both ways.

import assert from "node:assert/strict";
import { RegisterLab } from "./support/register-lab.js";

/** Prints everything that its servers tell. Ports are not printed: they differ. */
const traceApp = `
import { connect, createServer, Server } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";

let title = "";
const tell = (...words) => console.log(title, ...words);
function traced(create = createServer) {
  const server = create();
  for (const event of ["listening", "close"]) server.on(event, () => tell(event, server.listening));
  server.on("error", ({ code, syscall }) => tell("error", code, syscall));
  return server;
}
const attempt = (action) => { try { action(); } catch (error) { tell("threw", error.code); } };
const closed = (server) => new Promise((resolve) => server.close((error) => resolve(tell("closed", error?.code))));

for (const create of [createServer, createHttpServer]) {
  title = "order";
  const server = traced(create);
  const returned = server.listen(0, function () { tell("callback", this === server); });
  server.once("listening", () => tell("later listener"));
  tell(returned === server);
  attempt(() => server.listen(0));
  await once(server, "listening");
  const { address, family, port } = server.address();
  tell(address, family, port > 0);
  attempt(() => server.listen(0));
  await closed(server);
  title = "again";
  server.listen({ port: 0, host: "127.0.0.1", backlog: 5 });
  await once(server, "listening");
  tell(server.address().address);
  await closed(server);
  title = "closed and opened at once";
  server.listen(0);
  await once(server, "listening");
  server.close(() => tell("first close"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  tell(server.address().address);
  await closed(server);
}

title = "closed in the callback";
const hasty = traced();
hasty.listen(0, "localhost", () => hasty.close());
await once(hasty, "close");

title = "closed before";
const early = traced();
early.listen(0, "localhost");
await closed(early);

title = "closed at once";
const prompt = traced();
prompt.listen(0);
await closed(prompt);

title = "disposed of at once";
for (const create of [createServer, createHttpServer]) {
  const disposed = traced(create);
  disposed.listen(0);
  await disposed[Symbol.asyncDispose]();
  await once(disposed.listen(0), "listening");
  await closed(disposed);
}

title = "closed with a connection open";
const draining = traced();
draining.listen(0, "127.0.0.1");
await once(draining, "listening");
const drained = draining.address().port;
const guest = connect(drained, "127.0.0.1");
await once(draining, "connection");
draining.close();
const successor = traced();
successor.listen(drained, "127.0.0.1");
await once(successor, "listening");
tell(successor.address().port === drained);
guest.destroy();
await once(draining, "close");
await closed(successor);

title = "aborted before";
const aborted = traced();
aborted.listen({ port: 0, host: "127.0.0.1", signal: AbortSignal.abort() });
await once(aborted, "close");

title = "aborted later";
const abortion = new AbortController();
const later = traced();
later.listen({ port: 0, signal: abortion.signal }, () => abortion.abort());
await once(later, "close");

title = "no such host";
const lost = traced();
lost.listen({ port: 0, host: "no-such-host.invalid" }, () => tell("callback"));
await once(lost, "error");
lost.listen(0);
await once(lost, "listening");
await closed(lost);

title = "in use";
const first = traced();
first.listen(0, "127.0.0.1");
await once(first, "listening");
const second = traced();
second.listen(first.address().port, "127.0.0.1");
await once(second, "error");
const beside = traced();
beside.listen(first.address().port, "::1");
await once(beside, "listening");
tell(beside.address().port === first.address().port);
await closed(first);
await closed(beside);

title = "of a class that has its own listen";
class Local extends Server {
  listen(port, callback) {
    tell("asked for", port);
    return super.listen({ port, host: "127.0.0.1" }, callback);
  }
}
const local = traced(() => new Local());
local.listen(0, () => tell("callback"));
await once(local, "listening");
tell(local.address().address);
await closed(local);

title = "refused";
for (const args of [[{}], [70_000], [{ port: true }], [{ fd: "x" }], [{ port: 0, signal: {} }], [{ port: 0, signal: null }]]) {
  attempt(() => traced().listen(...args));
}
attempt(() => tell(createServer.name, createServer().listen.name, createServer().listen.length));
tell("end");
`;

describe("The events of a server under the register hook", function () {
  this.timeout(120_000);
  let lab: RegisterLab;

  before(async function () {
    if (process.platform !== "linux") this.skip();
    lab = await RegisterLab.start();
  });
  afterEach(() => lab?.endApps());
  after(() => lab?.dispose());

  it("are Node's, one for one, and nothing stays leased", async () => {
    const without = lab.startApp("trace.mjs", traceApp, { nodeArguments: [] });
    const under = lab.startApp("trace.mjs", traceApp);
    assert.equal(await without.ended(), 0, without.stderr);
    assert.equal(await under.ended(), 0, under.stderr);
    assert.deepEqual(under.stdout.split("\n"), without.stdout.split("\n"));
    assert.match(under.stdout, /end\n$/);
    assert.deepEqual(await lab.leases(), []);
  });
});
