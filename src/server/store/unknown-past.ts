// Since when leases may live that the store does not know (semantics.md 4). In a small file of its own, because ports must go on
// resting when the broker is restarted meanwhile, however often.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { checksumOf } from "./checksum.js";
import { syncDirectory, syncFile } from "./sync-directory.js";

/** The longest TTL that a configuration can have: no unknown lease lives longer. */
const unknownMsMax = 30 * 86_400_000;

const title = "portlease unknown past";
const pattern = new RegExp(`^(${title} (\\d{1,16})) ([0-9a-f]{32})\\n$`);

/** On disk when it returns. */
export function beginUnknownPast(path: string, nowWallMs: number): void {
  const content = `${title} ${Math.max(0, Math.floor(nowWallMs))}`;
  const newPath = `${path}.new`;
  writeFileSync(newPath, `${content} ${checksumOf(content)}\n`, { mode: 0o600 });
  syncFile(newPath);
  renameSync(newPath, path);
  syncDirectory(dirname(path));
}

/**
 * `null` when the past is known, as after 30 days. A file that cannot be read, or one from the future, counts from now on:
 * resting longer harms nobody.
 */
export function unknownPastSince(path: string, nowWallMs: number): number | null {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const [, content, since, checksum] = pattern.exec(text) ?? [];
  const sinceWallMs = Number(since);
  const sound = content !== undefined && checksum === checksumOf(content);
  if (!sound || sinceWallMs > nowWallMs) {
    beginUnknownPast(path, nowWallMs);
    return nowWallMs;
  }
  if (nowWallMs - sinceWallMs <= unknownMsMax) return sinceWallMs;
  rmSync(path, { force: true });
  return null;
}
