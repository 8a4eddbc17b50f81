// Looks at one process again and again, on Linux by a descriptor that stands for the process itself; and at any process once.

import { constants } from "node:os";
import type { ProcessIdentity, ProcessWatch } from "../host-ports.js";
import type { Libc } from "./bindings.js";
import { hostLittleEndian } from "./layout.js";

type Identify = (processId: number) => ProcessIdentity | null;

/** The same on every architecture, since Linux 5.3: https://man7.org/linux/man-pages/man2/pidfd_open.2.html */
const pidfdOpen = 434;

/** https://man7.org/linux/man-pages/man2/poll.2.html: int fd, short events, short revents. */
const pollEntryBytes = 8;
const POLLIN = 1;

/**
 * A process descriptor is readable from the moment its process has ended, whether or not its parent has asked how
 * (pidfd_open(2)), and never stands for a later process with the same id. Looking costs one to two microseconds
 * (Linux 6.18, one core of a shared virtual machine).
 */
export function watchProcess(
  libc: Pick<Libc, "close" | "poll" | "syscall">,
  identify: Identify,
  processId: number,
): ProcessWatch | null {
  const descriptor = libc.syscall(pidfdOpen, "int", processId, "int", 0);
  // No such process, no descriptor left, an older kernel, or a sandbox that does not let it through.
  if (descriptor < 0) return null;
  const watch = new DescriptorWatch(libc, descriptor, () => identify(processId));
  // Who it is was read after the descriptor was there: a process that had not ended then is the one that the descriptor is of.
  if (watch.found && !watch.hasExited()) return watch;
  watch.close();
  return null;
}

class DescriptorWatch implements ProcessWatch {
  readonly #libc: Pick<Libc, "close" | "poll">;
  readonly #entry = Buffer.alloc(pollEntryBytes);
  readonly #identity: ProcessIdentity | null;
  #descriptor: number | null;

  constructor(
    libc: Pick<Libc, "close" | "poll">,
    descriptor: number,
    identify: () => ProcessIdentity | null,
  ) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    if (hostLittleEndian) {
      this.#entry.writeInt32LE(descriptor);
      this.#entry.writeInt16LE(POLLIN, 4);
    } else {
      this.#entry.writeInt32BE(descriptor);
      this.#entry.writeInt16BE(POLLIN, 4);
    }
    this.#identity = identify();
  }

  get found(): boolean {
    return this.#identity !== null;
  }

  get identity(): ProcessIdentity {
    if (this.#identity === null) throw new Error("there is no such process");
    return this.#identity;
  }

  hasExited(): boolean {
    if (this.#descriptor === null) throw new Error("the watch is closed");
    // A failure (no memory, a signal) says nothing: the next look decides.
    if (this.#libc.poll(this.#entry, 1, 0) !== 1) return false;
    const events = hostLittleEndian ? this.#entry.readInt16LE(6) : this.#entry.readInt16BE(6);
    return (events & POLLIN) !== 0;
  }

  close(): void {
    if (this.#descriptor === null) return;
    this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }
}

/** See HostPorts. A process that may not be seen (mount option hidepid) still answers a signal that is none. */
export function hasProcessEnded(
  identify: Identify,
  { processId, startTime }: Pick<ProcessIdentity, "processId" | "startTime">,
  signalNothing = (id: number): void => void process.kill(id, 0),
): boolean | null {
  const identity = identify(processId);
  if (identity !== null) return identity.startTime !== startTime;
  try {
    // https://man7.org/linux/man-pages/man2/kill.2.html
    signalNothing(processId);
    // It may be signalled, so it may be seen too, and yet it is not: only its entry for its parent is left.
    return true;
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    return errno === -constants.errno.ESRCH ? true : null;
  }
}
