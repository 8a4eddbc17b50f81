// Where the broker of this host listens, as its discovery file says. For programs of the same installation.

import { findListenAddress, isLoopback } from "../config/listen-address.js";
import { readDiscovery } from "./discovery-file.js";

/**
 * The best address; `null` when there is no file that can be read, or the broker that wrote it runs no more. Only addresses of this
 * host: in some systems' shared folders anybody may put such a file, and holder keys must not be led to another host by it.
 */
export function discoveredAddress(path: string): string | null {
  const discovery = readDiscovery(path);
  if (discovery === null) return null;
  const { addresses, processId } = discovery;
  const all: readonly unknown[] = Array.isArray(addresses) ? addresses : [];
  const address = all.find((one) => typeof one === "string" && isOfThisHost(one));
  if (typeof address !== "string" || typeof processId !== "number") return null;
  return isAlive(processId) ? address : null;
}

/** A pipe of another host has its name in place of the dot. https://learn.microsoft.com/windows/win32/ipc/pipe-names */
const localPipe = /^unix:\\\\\.\\pipe\\/i;
const localSocket = /^unix:\/(?!\/)/;

function isOfThisHost(address: string): boolean {
  if (address.startsWith("unix:")) return localPipe.test(address) || localSocket.test(address);
  const found = findListenAddress(address);
  return found !== null && isLoopback(found.host);
}

/** A broker that was killed leaves its file. One of another user may not be signalled, but lives. */
function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
