// etcd of one member, which syncs to disk as it does by default.

import { join } from "node:path";
import { freePorts } from "../../test/support/ports-below-ephemeral.js";
import { requireProgram } from "../servers/programs.js";
import type { PeerKind } from "./peer.js";
import { startPeer } from "./peer-process.js";

export const etcdPeer: PeerKind = {
  program: "etcd",
  perCell: false,
  start: (core) =>
    startPeer(core, async (folder) => {
      const [clientPort = 0, peerPort = 0] = await freePorts(2);
      const address = `127.0.0.1:${clientPort}`;
      const client = `http://${address}`;
      const peer = `http://127.0.0.1:${peerPort}`;
      const command = [
        requireProgram("etcd"),
        "--name=bench",
        `--data-dir=${join(folder, "data")}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=bench=${peer}`,
        "--logger=zap",
        "--log-level=error",
      ];
      return { command, address, serves: () => isHealthy(client) };
    }),
};

/** https://etcd.io/docs/v3.5/op-guide/monitoring/#health-check */
async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`);
    return ((await response.json()) as { readonly health?: string }).health === "true";
  } catch {
    return false;
  }
}
