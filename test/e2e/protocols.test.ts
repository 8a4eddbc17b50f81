// UDP, and TCP and UDP together, on this host: a real broker, the TypeScript client, real datagrams and connections.

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { LeaseClient } from "@portlease/client";
import { describeOnLinux } from "../native/support/linux-only.js";
import { BrokerLab } from "../support/broker-lab.js";
import { openServedConnection } from "../native/support/connections.js";

describeOnLinux("A broker of held ports", () => {
  let lab: BrokerLab;

  beforeEach(async () => {
    lab = await BrokerLab.open();
  });

  afterEach(() => lab.close());

  it("leases UDP ports, which their holders bind, lose and bind again", async () => {
    const broker = await lab.start({ poolSize: 2, flags: ["--pool-protocol", "udp"] });
    await using client = new LeaseClient({ address: broker.address });
    const lease = await client.acquire({ service: "dns", protocol: "udp" });
    for (let round = 0; round < 2; round += 1) {
      const socket = createSocket("udp6");
      await lease.bind(socket);
      assert.equal(await echoed(socket, lease.port), `${lease.port}`);
      socket.close();
    }
  });

  it("leases the same number in both, and covers both again after it was killed", async () => {
    const broker = await lab.start({ poolSize: 2, flags: ["--pool-protocol", "tcp-and-udp"] });
    await using client = new LeaseClient({ address: broker.address });
    const lease = await client.acquire({ service: "sip", protocol: "tcp-and-udp" });
    const server = createServer((socket) => socket.end("served"));
    const socket = createSocket("udp4");
    await lease.listen(server);
    await lease.bind(socket);
    await broker.kill("SIGKILL");
    await lab.restart(broker);
    assert.equal(await echoed(socket, lease.port), `${lease.port}`);
    const connection = await openServedConnection(lease.port, "127.0.0.1");
    connection.destroy();
    socket.close();
    server.close();
  });
});

/** What the socket receives when its own port is sent to it. */
async function echoed(socket: Socket, port: number): Promise<string> {
  const sender = createSocket("udp4");
  const received = once(socket, "message") as Promise<[Buffer]>;
  sender.send(`${port}`, port, "127.0.0.1");
  const [message] = await received;
  sender.close();
  return message.toString();
}
