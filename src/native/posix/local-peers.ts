// Who is at the other end of a Unix socket, by SO_PEERCRED, and who that is, by /proc (Linux).
// https://man7.org/linux/man-pages/man7/unix.7.html

import type { Socket } from "node:net";
import type { LocalPeer, LocalPeers, ProcessStatus } from "../local-peers.js";
import type { Libc } from "./bindings.js";
import { hostInt32, readHostInt32 } from "./host-int32.js";
import { type PosixLayout, ucred } from "./layout.js";
import { parseProcessStatus } from "./process-status.js";
import { readTextNow } from "./text-files.js";

export class LinuxLocalPeers implements LocalPeers {
  readonly #libc: Libc;
  readonly #layout: PosixLayout;

  constructor(libc: Libc, layout: PosixLayout) {
    this.#libc = libc;
    this.#layout = layout;
  }

  peerOf(socket: Socket): LocalPeer | null {
    const descriptor = descriptorOf(socket);
    const { SOL_SOCKET, SO_PEERCRED } = this.#layout;
    if (descriptor === null || SO_PEERCRED === null) return null;
    const value = Buffer.alloc(ucred.size);
    const length = hostInt32(value.length);
    const answer = this.#libc.getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, value, length);
    if (answer !== 0) return null;
    const processId = readHostInt32(value, ucred.processIdAt);
    // An internet socket has nobody: no process, and no user.
    const userId = readHostInt32(value, ucred.userIdAt);
    return userId === -1 ? null : { processId, userId: userId >>> 0 };
  }

  statusOf(processId: number): ProcessStatus | null {
    const text = readTextNow(`/proc/${processId}/status`);
    return text === null ? null : parseProcessStatus(text);
  }
}

/** Node has no public name for it. */
function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null };
  const descriptor = handle?.fd;
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : null;
}
