// Where the broker of this host listens, as its discovery file says. For programs of the same installation.

import { readDiscovery } from "./discovery-file.js";

/** The best address; `null` when there is no file that can be read, or the broker that wrote it runs no more. */
export function discoveredAddress(path: string): string | null {
  const discovery = readDiscovery(path);
  if (discovery === null) return null;
  const { addresses, processId } = discovery;
  const [address]: readonly unknown[] = Array.isArray(addresses) ? addresses : [];
  if (typeof address !== "string" || typeof processId !== "number") return null;
  return isAlive(processId) ? address : null;
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
