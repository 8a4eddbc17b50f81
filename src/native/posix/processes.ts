// Who a process is, and which processes have given sockets open, from /proc. Sees what this user may see; judges nothing.

import { readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { PortHolder, ProcessIdentity } from "../host-ports.js";
import { parseProcStat } from "./proc-stat.js";
import { readTextNow } from "./text-files.js";

/** `null` when there is no such process, or only its entry in the process table is left. */
export function identifyProcess(processId: number): ProcessIdentity | null {
  const stat = readStat(processId);
  if (stat === null || stat.ended) return null;
  // Ticks count from boot, so the same number comes back after a reboot: the boot's own id tells those apart.
  const bootId = readTextNow("/proc/sys/kernel/random/boot_id")?.trim() ?? "unknown-boot";
  return {
    processId,
    processName: processName(processId),
    startTime: `${bootId}:${stat.startTicks}`,
  };
}

/** How many generations are followed: a bound for a process table that changes while it is read. */
const generationsMax = 64;

/** `null` when the line of parents cannot be followed to its end. */
export function isDescendant(processId: number, ancestorId: number): boolean | null {
  let current = processId;
  for (let generation = 0; generation < generationsMax; generation += 1) {
    const parentId = readStat(current)?.parentId ?? null;
    if (parentId === null) return null;
    if (parentId === ancestorId) return true;
    // The first process has no parent; neither has one that another namespace started.
    if (parentId === 0) return false;
    current = parentId;
  }
  return null;
}

/** Whether a process is seen to have a socket open; false also when its descriptors may not be looked at. */
export function hasSocket(processId: number, inode: number): boolean {
  return openSockets(processId, new Set([inode])).has(inode);
}

/** The processes that have each of the wanted sockets open, by inode. Sockets that nobody is seen with are absent. */
export type SocketHolders = ReadonlyMap<number, readonly PortHolder[]>;

/** Walks all processes at once: a few ms on a small host, more with many open files. For failures, not for every request. */
export function findSocketHoldersNow(inodes: ReadonlySet<number>): SocketHolders {
  const walk = walkProcesses(inodes);
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value;
  }
}

/** The same, with a turn of the event loop between processes. */
export async function findSocketHolders(
  inodes: ReadonlySet<number>,
  nextTurn: () => Promise<unknown>,
): Promise<SocketHolders> {
  const walk = walkProcesses(inodes);
  for (;;) {
    const step = walk.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

function* walkProcesses(inodes: ReadonlySet<number>): Generator<void, SocketHolders> {
  const holders = new Map<number, PortHolder[]>();
  if (inodes.size === 0) return holders;
  for (const processId of listProcesses()) {
    // This process comes last and may hold thousands of ports: skipped when every socket is explained without it.
    if (processId === process.pid && holders.size === inodes.size) continue;
    const open = openSockets(processId, inodes);
    if (open.size > 0) {
      const holder = { processId, processName: processName(processId) };
      for (const inode of open) holders.set(inode, [...(holders.get(inode) ?? []), holder]);
    }
    yield;
  }
  return holders;
}

/** `null` for a process that is gone or another user's. https://man7.org/linux/man-pages/man7/namespaces.7.html */
export function sharesNetwork(processId: number): boolean | null {
  try {
    return readlinkSync(`/proc/${processId}/ns/net`) === readlinkSync("/proc/self/ns/net");
  } catch {
    return null;
  }
}

/** In rising order, this process last. */
function listProcesses(): readonly number[] {
  const all = namesIn("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const others = all.filter((processId) => processId !== process.pid);
  return [...others.toSorted((a, b) => a - b), process.pid];
}

function openSockets(processId: number, wanted: ReadonlySet<number>): ReadonlySet<number> {
  const found = new Set<number>();
  for (const descriptor of namesIn(`/proc/${processId}/fd`)) {
    const inode = socketInode(`/proc/${processId}/fd/${descriptor}`);
    if (inode !== null && wanted.has(inode)) found.add(inode);
  }
  return found;
}

function socketInode(path: string): number | null {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
    return inode === undefined ? null : Number(inode);
  } catch {
    // Closed in the meantime.
    return null;
  }
}

/** Empty for a folder that is gone or another user's. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readStat(processId: number): ReturnType<typeof parseProcStat> {
  const text = readTextNow(`/proc/${processId}/stat`);
  return text === null ? null : parseProcStat(text);
}

/** The kernel's name is that of the main thread: later Node versions call it "MainThread", which names no program. */
const threadNames: ReadonlySet<string> = new Set(["MainThread", "node-MainThread"]);

function processName(processId: number): string {
  const name = readStat(processId)?.name ?? "unknown";
  if (!threadNames.has(name)) return name;
  const [program = ""] = (readTextNow(`/proc/${processId}/cmdline`) ?? "").split("\0");
  return program === "" ? name : basename(program);
}
