// Whether others than its owner can read a file, by what the platform says about that.

import type { Stats } from "node:fs";
import type { PrivateFolders } from "@portlease/native";

/** What is wrong about the rights of a file, with what to do; `null`: nothing. */
export type FilePrivacy = (path: string, stats: Stats) => string | null;

/** POSIX: mode bits and owner. */
export const byModeBits: FilePrivacy = (path, { uid, mode }) => {
  if (uid !== 0 && uid !== process.geteuid?.()) {
    return `user ${uid} owns it, and could put any token there; chown it`;
  }
  return (mode & 0o077) === 0
    ? null
    : `others may read or write it; run "chmod 600 ${path}", and replace what is in it`;
};

/**
 * Windows, where mode bits say nothing. The access list of a file is read with the same call as a folder's:
 * https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-getfilesecuritya
 */
export function byAccessList(folders: Pick<PrivateFolders, "widerRights">): FilePrivacy {
  return (path) => {
    const wider = folders.widerRights(path);
    if (wider === null) return `it cannot be told who may read it; see icacls "${path}"`;
    return wider.length === 0
      ? null
      : `others may read it: ${wider.join(", ")}; take their rights with icacls "${path}", and replace what is in it`;
  };
}

/** Windows, for files in the data directory: its access list was checked, and what is in it inherits that. */
export const byItsFolder: FilePrivacy = () => null;
