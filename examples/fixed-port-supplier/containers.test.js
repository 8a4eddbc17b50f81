// Tests that know their containers' ports before they start them: to write them into each other's configuration, say.

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FixedPorts } from "./fixed-ports.js";

const fixedPorts = new FixedPorts();
const containers = [];

async function startContainer(port) {
  const container = fork(fileURLToPath(new URL("container.js", import.meta.url)), [port]);
  containers.push(container);
  const [news] = await Promise.race([once(container, "message"), once(container, "exit")]);
  assert.equal(news, "ready", `port ${port} cannot be bound: has the pool "bind: plain"?`);
}

async function stopContainers() {
  const running = containers.splice(0).filter(({ exitCode }) => exitCode === null);
  await Promise.all(running.map((container) => (container.kill(), once(container, "exit"))));
}

let ports;
before(async () => {
  ports = await fixedPorts.take(2);
  await Promise.all(ports.map(startContainer));
});
after(async () => {
  await stopContainers();
  await fixedPorts.close();
});

test("each container answers on the port that was leased for it", async () => {
  for (const port of ports) {
    assert.equal(await text(connect(port, "127.0.0.1")), `container on port ${port}\n`);
  }
});

test("a container that starts again has the same port", async () => {
  await stopContainers();
  await startContainer(ports[0]);
  assert.match(await text(connect(ports[0], "127.0.0.1")), new RegExp(`${ports[0]}`));
});
