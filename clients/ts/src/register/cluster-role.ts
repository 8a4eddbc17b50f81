// What a process is in Node's cluster. Workers share the ports that their primary listens on, so a listen is leased in the primary
// where that is possible. https://nodejs.org/api/cluster.html#how-it-works

import cluster from "node:cluster";
import type { Environment } from "./settings.js";

/** In the environment of a process with this hook, and so in that of its children: the process's id. */
const markVariable = "PORTLEASE_REGISTERED_PROCESS";

/**
 * Marks this process for its children, and returns whether it is a worker whose primary leases for it: that has this hook too, and
 * listens by `server.listen`, as it does unless its scheduling policy is SCHED_NONE (the default on Windows).
 */
export function markAndTellRole(environment: NodeJS.ProcessEnv): boolean {
  const isOfPrimary = environment[markVariable] === String(process.ppid);
  environment[markVariable] = String(process.pid);
  return cluster.isWorker && isOfPrimary && isShared(environment, process.platform);
}

/** https://nodejs.org/api/cluster.html#clusterschedulingpolicy */
export function isShared(environment: Environment, platform: NodeJS.Platform): boolean {
  const policy = environment["NODE_CLUSTER_SCHED_POLICY"];
  if (policy === "none") return false;
  return policy === "rr" || platform !== "win32";
}

/** Node closes only the servers that it knows to be shared when a worker is told to disconnect. */
export function atDisconnect(close: () => void): void {
  cluster.worker?.once("disconnect", close);
}
