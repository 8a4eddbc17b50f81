// What the figures were measured on, as far as it changes them. Nothing that identifies the host.

import { statfsSync } from "node:fs";
import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  /** The file system of the data directory. */
  readonly disk: string;
}

/** Numbers from https://man7.org/linux/man-pages/man2/statfs.2.html */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x5846_5342, "xfs"],
  [0x9123_683e, "btrfs"],
  [0x2fc1_2fc1, "zfs"],
  [0x794c_7630, "overlayfs"],
  [0x0102_1994, "tmpfs"],
]);

export function describeMachine(dataParent: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    disk: diskOf(dataParent),
  };
}

function diskOf(path: string): string {
  if (process.platform !== "linux") return "unknown";
  return fileSystems.get(statfsSync(path).type) ?? "unknown";
}
