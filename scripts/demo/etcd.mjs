// An etcd for a demo: the one of the checkout's tools or of PATH, on loopback, with its data where it is told.
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../prepare.mjs";

const startMsMax = 20_000;
const triesMax = 3;

/** The path of the program; `null`: there is none. */
export function findEtcd() {
  const name = process.platform === "win32" ? "etcd.exe" : "etcd";
  const folders = [
    join(root, ".build", "tools", "bin"),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return (
    folders
      .filter(Boolean)
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path)) ?? null
  );
}

/** Resolves with its address, host:port, when it serves. */
export async function startEtcd(program, children, dataDirectory) {
  for (let tries = 1; ; tries += 1) {
    const [clientPort, peerPort] = await freePorts();
    const client = `http://127.0.0.1:${clientPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const etcd = children.start("etcd", program, [
      "--name=demo",
      `--data-dir=${join(dataDirectory, `etcd-${tries}`)}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=demo=${peer}`,
      // Else it keeps every former value: docs/fleet.md.
      "--auto-compaction-mode=periodic",
      "--auto-compaction-retention=5m",
      "--logger=zap",
    ]);
    // Nobody reads its output, and a full pipe would stop it.
    etcd.stdout.resume();
    if (await serves(client, etcd)) return `127.0.0.1:${clientPort}`;
    // Somebody else may have taken a port meanwhile.
    if (tries === triesMax) throw new Error(`etcd does not start: ${etcd.errors.trim()}`);
  }
}

async function serves(url, etcd) {
  const endMs = performance.now() + startMsMax;
  while (performance.now() < endMs && etcd.exitCode === null && etcd.signalCode === null) {
    try {
      // https://etcd.io/docs/v3.5/op-guide/monitoring/#health-check
      const response = await fetch(`${url}/health`);
      if ((await response.json()).health === "true") return true;
    } catch {
      // Not yet.
    }
    await pause(100);
  }
  etcd.kill("SIGKILL");
  return false;
}

/** Two ports that were free a moment ago. */
async function freePorts() {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) await once(server.close(), "close");
  return ports;
}
