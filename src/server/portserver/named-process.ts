// Which process a client of the portserver protocol means by a number, and whether the port may be that one's: it runs, and belongs
// to the user who asks. What the process is used for is the caller's business.

import type { HostPorts, LocalPeer, LocalPeers, ProcessIdentity } from "@portlease/native";

/** `process`: as the broker itself sees it. */
export type NamedProcess =
  | { readonly state: "named"; readonly process: ProcessIdentity }
  | { readonly state: "refused"; readonly reason: string };

/** portserver.py refuses it too: whoever names it has lost its parent, or is in a container. */
const firstProcessId = 1;
const rootUserId = 0;

type Host = Pick<HostPorts, "identifyProcess" | "sharesNetwork">;

export class NamedProcesses {
  readonly #host: Host;
  readonly #peers: Pick<LocalPeers, "statusOf"> | null;

  /** `peers`: `null` where nothing is known of who connects. */
  constructor(host: Host, peers: Pick<LocalPeers, "statusOf"> | null) {
    this.#host = host;
    this.#peers = peers;
  }

  /**
   * `peer`: who asks, `null` when that is not known. On a platform that never says, anybody may name any process that runs: all it
   * can do is to have its port go when that one ends.
   */
  find(named: number, peer: LocalPeer | null): NamedProcess {
    if (peer === null && this.#peers !== null) return refused("the system does not say who asks");
    const meant = this.#idHere(named, peer);
    if (typeof meant === "string") return refused(meant);
    if (meant <= firstProcessId) return refused(`process ${meant} never ends`);
    const process = this.#host.identifyProcess(meant);
    if (process === null) return refused(`there is no process ${meant}`);
    if (peer !== null && !this.#isOwn(meant, peer)) {
      return refused(`process ${meant} is another user's than who asks`);
    }
    if (this.#host.sharesNetwork(meant) === false) {
      return refused(`process ${meant} is in another network namespace, where ports are others`);
    }
    return { state: "named", process };
  }

  /** The id in the broker's pid namespace, or why there is none. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html */
  #idHere(named: number, peer: LocalPeer | null): number | string {
    if (peer === null || this.#peers === null || named === peer.processId) return named;
    const status = this.#peers.statusOf(peer.processId);
    if (status === null) return "who asks is in a pid namespace that the broker does not see";
    const { processIds } = status;
    if (processIds.length <= 1) return named;
    // In a container with ids of its own: the number says something only of the one that asks.
    if (named === processIds.at(-1)) return peer.processId;
    return `who asks is in another pid namespace and names process ${named}, which may be any; there it can name only itself`;
  }

  #isOwn(processId: number, peer: LocalPeer): boolean {
    if (processId === peer.processId || peer.userId === rootUserId) return true;
    return this.#peers?.statusOf(processId)?.userId === peer.userId;
  }
}

function refused(reason: string): NamedProcess {
  return { state: "refused", reason };
}
