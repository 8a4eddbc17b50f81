// Parses /proc/<pid>/status as far as it says whose a process is, and by what ids it goes. Pure; reads no files.
// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html

import type { ProcessStatus } from "../local-peers.js";

/** `null` when the text is no such file. Kernels before 4.1 do not say by what ids: then there are none. */
export function parseProcessStatus(text: string): ProcessStatus | null {
  // Real, effective, saved set and filesystem user.
  const [, userId] = numbersOf(text, "Uid");
  return userId === undefined ? null : { userId, processIds: numbersOf(text, "NSpid") };
}

function numbersOf(text: string, key: string): readonly number[] {
  // The name of the process comes first in the file, and the kernel escapes line ends in it.
  const line = text.split("\n").find((each) => each.startsWith(`${key}:`));
  return line?.match(/\d+/g)?.map(Number) ?? [];
}
