// What keeps a process of tests alive once they all have ended, and which test began it: for scripts/test-reporter.mjs and
// scripts/test/lane-process.mjs. And which programs still hold its output: for scripts/test/lane.mjs.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** How a line begins that names what was left open. */
export const leftOpenMark = "left open: ";

/** Remembers after each test what it left open. Timers have no handle of their own: they are only counted, by kind. */
export class OpenHandles {
  #openedBy = new WeakMap();

  noteAfter(test) {
    for (const handle of activeHandles()) {
      if (!this.#openedBy.has(handle)) this.#openedBy.set(handle, test);
    }
  }

  /** To be called when all tests have ended: prints `describe()` if the process is still there after that time. */
  describeLater(afterMs) {
    // By itself the timer keeps nothing alive.
    setTimeout(() => {
      for (const line of this.describe()) console.error(`${leftOpenMark}${line}`);
    }, afterMs).unref();
  }

  /** One line each: what it is, and the test during which it was first seen. */
  describe() {
    const lines = activeHandles()
      .filter((handle) => !isStandardStream(handle))
      .map((handle) => `${what(handle)}, since "${this.#openedBy.get(handle) ?? "the end"}"`);
    const resources = process.getActiveResourcesInfo().join(", ");
    return [...lines, `resources that keep the process alive: ${resources}`];
  }
}

function activeHandles() {
  // Node documents no other way to the objects; where it is gone one day, the kinds of resources are still told.
  return process._getActiveHandles?.() ?? [];
}

function isStandardStream(handle) {
  return handle === process.stdout || handle === process.stderr || handle === process.stdin;
}

function what(handle) {
  const kind = handle.constructor?.name ?? "a handle";
  try {
    if (handle.spawnargs !== undefined) {
      return `${kind} ${handle.pid} (${handle.spawnargs.join(" ").slice(0, 200)})`;
    }
    if (typeof handle.remotePort === "number") {
      return `${kind} ${handle.localAddress}:${handle.localPort} to ${handle.remoteAddress}:${handle.remotePort}`;
    }
    if (typeof handle.address === "function") return `${kind} ${JSON.stringify(handle.address())}`;
  } catch {
    // A handle that is being closed has no address any more.
  }
  return kind;
}

/** What a program's output goes to, as the system names it: to be asked while it runs. Null where there is no /proc. */
export function outputOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/fd/1`);
  } catch {
    return null;
  }
}

/** The programs whose files include this output, "PID (COMMAND)" each. */
export function holdersOf(output) {
  if (output === null) return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids.filter((pid) => holds(pid, output)).map((pid) => `${pid} (${commandOf(pid)})`);
}

function holds(pid, output) {
  try {
    const files = readdirSync(`/proc/${pid}/fd`);
    return files.some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === output);
  } catch {
    // It ended meanwhile, or is another user's.
    return false;
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 200);
  } catch {
    return "ended meanwhile";
  }
}
