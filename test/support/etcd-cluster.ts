// Three members of one etcd on loopback, each a process that can be killed.

import { TestEtcd } from "./etcd.js";
import { freePorts } from "./ports-below-ephemeral.js";

/** Resolves when all serve. Dispose of each. */
export async function startEtcdCluster(): Promise<readonly TestEtcd[]> {
  const ports = await freePorts(3);
  const cluster = ports.map((port, index) => `m${index}=http://127.0.0.1:${port}`).join(",");
  const started = await Promise.allSettled(
    ports.map((peerPort, index) =>
      TestEtcd.start({ member: { name: `m${index}`, peerPort, cluster } }),
    ),
  );
  const members = started.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  if (members.length === ports.length) return members;
  for (const member of members) await member.dispose();
  throw new Error(JSON.stringify(started));
}
