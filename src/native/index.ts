// Opens what portlease asks of the operating system, for the platform that it runs on. Only this file and
// doctor/index.ts read process.platform; nothing native is loaded before a function here is called.

import type { HostPorts, LesseeSockets, PrivateFolders, SocketDuplicator } from "./host-ports.js";
import { NativeError } from "./native-error.js";
import type { LocalPeers } from "./local-peers.js";
import { bindAbstractSocket } from "./posix/abstract-socket.js";
import { LinuxLocalPeers } from "./posix/local-peers.js";
import { loadLibc } from "./posix/bindings.js";
import { darwinLayout, linuxLayout, type PosixLayout } from "./posix/layout.js";
import { openPosixHostPorts, openPosixLesseeSockets } from "./posix/open.js";
import { PosixPrivateFolders } from "./posix/private-folders.js";
import { unprivilegedPortStart } from "./posix/unprivileged-ports.js";
import {
  openWin32HostPorts,
  openWin32LesseeSockets,
  openWin32PrivateFolders,
  openWin32SocketDuplicator,
} from "./win32/open.js";

export { adoptTcpSocket, listenOnLeased, type ListenOptions, type TcpHandle } from "./adopt.js";
export { adoptUdpSocket, bindOnLeased, type UdpHandle } from "./adopt-udp.js";
export type * from "./host-ports.js";
export type { LocalPeer, LocalPeers, ProcessStatus } from "./local-peers.js";
export { NativeError, type NativeErrorCode, type NativeErrorFields } from "./native-error.js";

/**
 * For the broker. Throws UNSUPPORTED on platforms without an implementation. Linux is tested, Windows under Wine; macOS is
 * compiled but was never run, and has no view of the host's sockets and processes.
 */
export function openHostPorts(): HostPorts {
  if (process.platform === "win32") return openWin32HostPorts();
  const layout = posixLayout();
  return openPosixHostPorts(loadLibc(), layout);
}

/** For holders of leases. Same platforms, same errors. */
export function openLesseeSockets(): LesseeSockets {
  if (process.platform === "win32") return openWin32LesseeSockets();
  const layout = posixLayout();
  return openPosixLesseeSockets(loadLibc(), layout);
}

/** For servers of Unix sockets. `null` on platforms that tell a server nothing, or in another way. */
export function openLocalPeers(): LocalPeers | null {
  return process.platform === "linux" ? new LinuxLocalPeers(loadLibc(), linuxLayout) : null;
}

/**
 * Binds a Unix socket to a name without a file (Linux), for `server.listen({ fd })`; the descriptor is the caller's to close.
 * Throws NativeError, UNSUPPORTED elsewhere.
 */
export function bindAbstractName(name: string): number {
  return bindAbstractSocket(loadLibc(), posixLayout(), name);
}

/** Windows only: elsewhere programs inherit descriptors, and this throws UNSUPPORTED. */
export function openSocketDuplicator(): SocketDuplicator {
  if (process.platform === "win32") return openWin32SocketDuplicator();
  throw new NativeError(
    "UNSUPPORTED",
    `Sockets are not duplicated on ${process.platform}. Let the other process inherit the descriptor.`,
  );
}

/** The first port that needs no rights to bind; `null` on platforms without such a limit, and where it cannot be read. */
export function readUnprivilegedPortStart(): Promise<number | null> {
  return process.platform === "linux" ? unprivilegedPortStart() : Promise.resolve(null);
}

/** For whoever keeps secrets on disk. Same platforms, same errors. */
export function openPrivateFolders(): PrivateFolders {
  if (process.platform === "win32") return openWin32PrivateFolders();
  return new PosixPrivateFolders();
}

function posixLayout(): PosixLayout {
  switch (process.platform) {
    case "linux":
      return linuxLayout;
    case "darwin":
      return darwinLayout;
    default:
      throw new NativeError(
        "UNSUPPORTED",
        `portlease does not run on ${process.platform}. Run it on Windows or Linux.`,
      );
  }
}
