// What netsh shows and changes for the doctor: one address family at a time, and only until the next start of Windows.

import type { ExcludedRange, PortRun, TransportProtocol } from "../../host-ports.js";
import type { IpFamily } from "../../ip-address.js";
import type { Netsh, NetshResult } from "../../win32/netsh.js";
import { parseExcludedRanges } from "../../win32/netsh-output.js";

/** `null` when nothing in the answer looks like a table: unknown, not none. */
export async function showExcludedRanges(
  netsh: Netsh,
  family: IpFamily,
  protocol: TransportProtocol,
): Promise<readonly ExcludedRange[] | null> {
  const words = ["interface", family, "show", "excludedportrange", `protocol=${protocol}`];
  try {
    return parseExcludedRanges((await netsh.run(words)).output);
  } catch {
    return null;
  }
}

/**
 * Until the next start of Windows (store=active), so that even what is left behind goes by itself. Synchronous, for the
 * cleanup of a process that leaves. The answer is what netsh said, "" when all went well.
 */
export function changeExclusion(
  netsh: Netsh,
  change: "add" | "delete",
  protocol: TransportProtocol,
  { firstPort, portCount }: PortRun,
): string {
  const range = [`protocol=${protocol}`, `startport=${firstPort}`, `numberofports=${portCount}`];
  const words = ["interface", "ipv4", change, "excludedportrange", ...range, "store=active"];
  try {
    return saidBy(netsh.runSync(words));
  } catch (error) {
    return String(error);
  }
}

function saidBy({ exitCode, output }: NetshResult): string {
  if (exitCode === 0) return "";
  return `exit code ${exitCode}: ${output.toString("latin1").trim().replaceAll(/\s+/g, " ")}`;
}
