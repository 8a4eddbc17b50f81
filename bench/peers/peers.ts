// The peers by name, and which of them are installed.

import type { ServerName } from "../rows/rows.js";
import { findProgram, missingText } from "../servers/programs.js";
import { etcdPeer } from "./etcd.js";
import type { PeerKind } from "./peer.js";
import { portserverPeer } from "./portserver.js";
import { redisPeer } from "./redis.js";

const peers: Readonly<Partial<Record<ServerName, PeerKind>>> = {
  etcd: etcdPeer,
  redis: redisPeer,
  portserver: portserverPeer,
};

/** `null` for the broker, and for what needs no server. */
export function peerOf(server: ServerName): PeerKind | null {
  return peers[server] ?? null;
}

/** Why a server is not measured here; `null` when it can be. */
export function whyNotMeasured(server: ServerName): string | null {
  const kind = peerOf(server);
  if (kind === null || findProgram(kind.program) !== null) return null;
  return `${server} is not measured: ${missingText(kind.program)}`;
}
