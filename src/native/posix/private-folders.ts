// Folders that only their owner may enter, by mode bits. What is in them is not its business.

import { existsSync, type MakeDirectoryOptions, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { constants } from "node:os";
import type { PrivateFolders } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { errnoName } from "./errno.js";

const ownerOnly = 0o700;
const groupBits = 0o070;
const otherBits = 0o007;

export class PosixPrivateFolders implements PrivateFolders {
  makePrivate(path: string): void {
    const folder = resolve(path);
    make(dirname(folder), { recursive: true }, path);
    if (existsSync(folder)) return;
    make(folder, { mode: ownerOnly }, path);
  }

  widerRights(path: string): readonly string[] {
    const { mode, uid, gid } = statOf(path);
    const self = process.geteuid?.();
    const wider: string[] = [];
    if (uid !== 0 && uid !== self) wider.push(`user id ${uid} (the owner)`);
    if ((mode & groupBits) !== 0) wider.push(`group id ${gid} (${rights(mode >> 3)})`);
    if ((mode & otherBits) !== 0) wider.push(`everybody (${rights(mode)})`);
    return wider;
  }

  foreignOwner(path: string): string | null {
    const { uid } = statOf(path);
    return uid === 0 || uid === process.geteuid?.() ? null : `user id ${uid}`;
  }
}

function make(folder: string, options: MakeDirectoryOptions, path: string): void {
  try {
    mkdirSync(folder, options);
  } catch (error) {
    throw folderError("mkdir", errorNumberOf(error), path);
  }
}

function statOf(path: string): { mode: number; uid: number; gid: number } {
  try {
    return statSync(path);
  } catch (error) {
    throw folderError("stat", errorNumberOf(error), path);
  }
}

/** The last three bits as ls shows them. */
function rights(mode: number): string {
  return [4, 2, 1].map((bit, index) => ((mode & bit) === 0 ? "-" : "rwx".charAt(index))).join("");
}

/** Node gives it negated. */
function errorNumberOf(error: unknown): number {
  const errno: unknown = error instanceof Error ? Reflect.get(error, "errno") : undefined;
  if (typeof errno === "number") return -errno;
  throw error;
}

function folderError(api: string, errorNumber: number, path: string): NativeError {
  const { ENOENT, EACCES, EPERM } = constants.errno;
  const denied = errorNumber === EACCES || errorNumber === EPERM;
  const code = errorNumber === ENOENT ? "NOT_FOUND" : denied ? "ACCESS_DENIED" : "OS_ERROR";
  const errorName = errnoName(errorNumber);
  return new NativeError(
    code,
    `${api} failed with ${errorName} (${errorNumber}) for ${path}. Check the path and its rights, or choose another folder.`,
    { api, errorNumber, errorName },
  );
}
