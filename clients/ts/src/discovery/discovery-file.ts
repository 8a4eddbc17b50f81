// Reads a discovery file and judges whether it may be believed. What is in it leads tokens and holder keys to whoever listens there:
// so it counts only when this user or an administrator wrote it, names this host, and the broker that wrote it still runs.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { openPrivateFolders } from "@portlease/native";
import { hostOf, staysOnThisHost } from "../broker-address.js";
import { errorCodeOf, messageOf } from "../error-facts.js";

/** What a file says that may be believed. */
export interface BrokerPlace {
  /** The broker's addresses on this host, its best first; never empty. */
  readonly addresses: readonly string[];
  /** Whether its TCP address wants TLS; `null` when the broker does not say. */
  readonly tls: boolean | null;
}

export type DiscoveryAnswer =
  /** There is none: no broker, or one that stopped in order. */
  | { readonly state: "absent" }
  /** Left aside. `why` goes after the path: "belongs to user id 1001, ..." */
  | { readonly state: "unusable"; readonly why: string }
  | { readonly state: "found"; readonly place: BrokerPlace };

/** A broker writes some hundred bytes. */
const fileBytesMax = 65_536;
const groupOrOthersWrite = 0o022;

/** Never throws. */
export function readDiscovery(path: string): DiscoveryAnswer {
  let text: string;
  try {
    text = readOwned(path);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { state: "absent" };
    if (error instanceof NotBelieved) return unusable(error.message);
    return unusable(`cannot be read: ${messageOf(error)}`);
  }
  return judge(text);
}

/** Why a file that can be read is not believed. */
class NotBelieved extends Error {}

/** The file's text. What is looked at is what is read: the open file, not the path. */
function readOwned(path: string): string {
  // A named pipe would wait for a writer. Neither flag exists on Windows.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
  const file = openSync(path, (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new NotBelieved("is no file");
    if (stats.size > fileBytesMax) throw new NotBelieved("is too large for a discovery file");
    const why = process.platform === "win32" ? foreignOnWindows(path) : foreign(stats);
    if (why !== null) throw new NotBelieved(why);
    const bytes = Buffer.alloc(fileBytesMax);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, fileBytesMax, 0));
  } finally {
    closeSync(file);
  }
}

function foreign({ uid, mode }: Stats): string | null {
  if (uid !== 0 && uid !== process.geteuid?.()) return `belongs to user id ${uid}, ${whoMay}`;
  return (mode & groupOrOthersWrite) === 0 ? null : `can be written by other users, ${whoMay}`;
}

const whoMay = "and is believed only when it is yours or root's and nobody else can write it";

/**
 * Every user may create files below %ProgramData%, but not change those of others: so whose it is says who wrote it.
 * https://learn.microsoft.com/windows/win32/secauthz/owner-of-a-new-object
 */
function foreignOnWindows(path: string): string | null {
  const owner = openPrivateFolders().foreignOwner(path);
  if (owner === null) return null;
  return `belongs to ${owner}, and is believed only when it is yours or an administrator's`;
}

function judge(text: string): DiscoveryAnswer {
  const content = parsed(text);
  if (content === null) return unusable("is no discovery file of a broker");
  const { addresses, processId, tls } = content;
  const all: readonly unknown[] = Array.isArray(addresses) ? addresses : [];
  const ours = all.filter((each): each is string => typeof each === "string" && isOfThisHost(each));
  if (ours.length === 0) return unusable("names no address of this host");
  if (typeof processId !== "number" || !isAlive(processId)) {
    return unusable("is what a broker left behind that does not run any more");
  }
  const place = { addresses: ours, tls: typeof tls === "boolean" ? tls : null };
  return { state: "found", place };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === "object" && content !== null ? { ...content } : null;
  } catch {
    return null;
  }
}

/** A path from the root: a relative one means another file for each reader. */
const absoluteLocal = /^unix:(?:\/|\\\\)/;

/** host:port of loopback, or a local socket by its whole path. */
function isOfThisHost(address: string): boolean {
  if (!staysOnThisHost(address)) return false;
  return hostOf(address) === null ? absoluteLocal.test(address) : /:\d{1,5}$/.test(address);
}

/** A broker that was killed leaves its file. One of another user may not be signalled, but lives. */
function isAlive(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === "EPERM";
  }
}

function unusable(why: string): DiscoveryAnswer {
  return { state: "unusable", why };
}
