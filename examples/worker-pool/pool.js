// The parent of a pool of workers: leases one run of ports, opens a listening socket on each, and starts one worker for each
// socket. A worker that dies is replaced on the same socket. It serves nothing itself.

import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LeaseClient } from "@portlease/client";

const workerCount = 3;
const connectionsWaitingMax = 511;
/** So that a worker that dies at its start does not keep the machine busy. */
const replaceAfterMs = 200;

const workerPath = fileURLToPath(new URL("worker.js", import.meta.url));
const client = new LeaseClient();
const lease = await client.acquire({ service: "worker-pool", portCount: workerCount });
const sockets = await openSockets();
const workers = new Map();
let stopping = false;

for (const socket of sockets) startWorker(socket);
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
lease.on("lost", ({ reason }) => {
  console.error(`the ports are lost: ${reason}`);
  process.exitCode = 1;
  void stop();
});

async function openSockets() {
  const opened = await Promise.all(lease.ports.map((port) => lease.openSocket({ port })));
  for (const socket of opened) socket.listen(connectionsWaitingMax);
  return opened;
}

function startWorker(socket) {
  if (stopping) return;
  // The socket is the worker's descriptor 3. It stays open here too: while no worker has it, connections wait.
  const stdio = ["inherit", "inherit", "inherit", socket.descriptor, "ipc"];
  const worker = fork(workerPath, { stdio, env: { ...process.env, PORT: String(socket.port) } });
  workers.set(socket.port, worker);
  worker.once("exit", (exitCode, signal) => {
    workers.delete(socket.port);
    if (stopping) return;
    console.log(`worker on port ${socket.port} ended (${signal ?? exitCode}) and is replaced`);
    setTimeout(() => startWorker(socket), replaceAfterMs);
  });
}

async function stop() {
  if (stopping) return;
  stopping = true;
  const ends = [...workers.values()].map((worker) => (worker.kill(), once(worker, "exit")));
  await Promise.all(ends);
  for (const socket of sockets) socket.close();
  await client.close(); // releases the lease, now that nobody is bound to its ports
}
