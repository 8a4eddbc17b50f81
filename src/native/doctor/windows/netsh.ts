// Reads and changes excluded port ranges with netsh, whose words are localized: tables are read by their shape.

import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ExcludedRange, PortRun, TransportProtocol } from "../../host-ports.js";

/** netsh answers in a fraction of a second; a stopped service can make it wait. */
const netshMsMax = 20_000;

/** Port, port, and an asterisk for administered exclusions. https://github.com/microsoft/wcnscripts reads them likewise. */
const rowPattern = /^\s*(\d{1,5})\s+(\d{1,5})\s*(\*)?\s*$/;

/** The full path: nothing on PATH may take its place. */
function netshPath(): string {
  return join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "netsh.exe");
}

/** `null` when nothing in the answer looks like a table: unknown, not none. */
export async function showExcludedRanges(
  family: "ipv4" | "ipv6",
  protocol: TransportProtocol,
): Promise<readonly ExcludedRange[] | null> {
  const words = ["int", family, "show", "excludedportrange", `protocol=${protocol}`];
  try {
    const run = promisify(execFile);
    // The code page is the console's: digits and asterisks are the same bytes in all of them.
    const { stdout } = await run(netshPath(), words, { encoding: "latin1", timeout: netshMsMax });
    return parseExcludedRanges(stdout);
  } catch {
    return null;
  }
}

export function parseExcludedRanges(text: string): readonly ExcludedRange[] | null {
  const rows = text.split(/\r?\n/).flatMap((line): ExcludedRange[] => {
    const [, first, last, asterisk] = rowPattern.exec(line) ?? [];
    if (first === undefined || last === undefined) return [];
    const [firstPort, lastPort] = [Number(first), Number(last)];
    if (firstPort > lastPort || lastPort > 65_535) return [];
    return [
      { firstPort, portCount: lastPort - firstPort + 1, administered: asterisk !== undefined },
    ];
  });
  // A table without rows still has the line of dashes under its headings.
  return rows.length === 0 && !/^-{3,}\s+-{3,}/m.test(text) ? null : rows;
}

/**
 * Until the next start of Windows (store=active), so that even what is left behind goes by itself. Synchronous, for the
 * cleanup of a process that leaves. The answer is what netsh said, "" when all went well.
 */
export function changeExclusion(
  change: "add" | "delete",
  protocol: TransportProtocol,
  { firstPort, portCount }: PortRun,
): string {
  const range = [`protocol=${protocol}`, `startport=${firstPort}`, `numberofports=${portCount}`];
  const words = ["int", "ipv4", change, "excludedportrange", ...range, "store=active"];
  const { status, stdout, error } = spawnSync(netshPath(), words, {
    encoding: "latin1",
    timeout: netshMsMax,
  });
  if (status === 0) return "";
  return `exit code ${status ?? "none"}: ${(error?.message ?? stdout).trim().replaceAll(/\s+/g, " ")}`;
}
