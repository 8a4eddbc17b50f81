// Processes of Windows: who they are, whether they still run, and who started whom.
// https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights

import { win32 as windowsPath } from "node:path";
import type { ProcessIdentity, ProcessWatch } from "../host-ports.js";
import type { Win32, Word } from "./bindings.js";
import { errors } from "./error-table.js";
import { processAccess, snapshots, structs, waits } from "./layout.js";
import { fromWideText } from "./wide-text.js";

/** https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation */
const pathCharactersMax = 32_768;

const processIdMax = 0xffff_ffff;

/** One process as a snapshot of all has it. */
export interface SnapshotRow {
  readonly parentId: number;
  readonly processName: string;
}

export class Processes {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    this.#win32 = win32;
  }

  /** `null` when there is no such process any more, or it may not be looked at. */
  identify(processId: number): ProcessIdentity | null {
    const watch = this.watch(processId);
    watch?.close();
    return watch?.identity ?? null;
  }

  /** See HostPorts. https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess */
  hasEnded({
    processId,
    startTime,
  }: Pick<ProcessIdentity, "processId" | "startTime">): boolean | null {
    if (!isProcessId(processId)) return null;
    const handle = this.#open(processId);
    // An id that nobody has is an invalid parameter; anything else, such as missing rights, says nothing.
    if (handle === null) {
      return this.#win32.GetLastError() === errors.ERROR_INVALID_PARAMETER ? true : null;
    }
    try {
      if (this.#hasExited(handle)) return true;
      const started = this.#creationTime(handle);
      return started === null ? null : String(started) !== startTime;
    } finally {
      this.#win32.CloseHandle(handle);
    }
  }

  /**
   * As long as it is open the process id is not given to another process.
   * https://learn.microsoft.com/windows/win32/procthread/process-handles-and-identifiers
   */
  watch(processId: number): ProcessWatch | null {
    const handle = this.#open(processId);
    if (handle === null) return null;
    const started = this.#hasExited(handle) ? null : this.#creationTime(handle);
    if (started === null) {
      this.#win32.CloseHandle(handle);
      return null;
    }
    const processName = this.#nameOf(handle);
    const identity = { processId, startTime: String(started), processName };
    return new Win32ProcessWatch(this.#win32, handle, identity);
  }

  /** See HostPorts. The parent id of a process may be that of a later one: a parent that started after its child is none. */
  isDescendant(processId: number, ancestorId: number): boolean | null {
    const rows = this.snapshot();
    if (rows === null || !rows.has(processId)) return null;
    const seen = new Set([processId]);
    let child = processId;
    for (;;) {
      const parent = rows.get(child)?.parentId;
      if (parent === undefined || !rows.has(parent) || seen.has(parent)) return false;
      const childStart = this.#startOf(child);
      const parentStart = this.#startOf(parent);
      if (childStart === null || parentStart === null) return null;
      if (parentStart > childStart) return false;
      if (parent === ancestorId) return true;
      seen.add(parent);
      child = parent;
    }
  }

  /** All processes by id; `null` when Windows gives no list. https://learn.microsoft.com/windows/win32/toolhelp/taking-a-snapshot-and-viewing-processes */
  snapshot(): ReadonlyMap<number, SnapshotRow> | null {
    const snapshot = this.#win32.CreateToolhelp32Snapshot(snapshots.TH32CS_SNAPPROCESS, 0);
    if (BigInt(snapshot) === snapshots.INVALID_HANDLE_VALUE) return null;
    const { size, at } = structs.PROCESSENTRY32W;
    const entry = Buffer.alloc(size);
    entry.writeUInt32LE(size, at.dwSize);
    const rows = new Map<number, SnapshotRow>();
    let more = this.#win32.Process32FirstW(snapshot, entry);
    while (more !== 0) {
      rows.set(entry.readUInt32LE(at.th32ProcessID), {
        parentId: entry.readUInt32LE(at.th32ParentProcessID),
        processName: fromWideText(entry.subarray(at.szExeFile)),
      });
      more = this.#win32.Process32NextW(snapshot, entry);
    }
    this.#win32.CloseHandle(snapshot);
    return rows;
  }

  #startOf(processId: number): bigint | null {
    const handle = this.#open(processId);
    if (handle === null) return null;
    const started = this.#creationTime(handle);
    this.#win32.CloseHandle(handle);
    return started;
  }

  /** Id 0 is the idle process, which cannot be opened: https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-openprocess */
  #open(processId: number): Word | null {
    if (!isProcessId(processId)) return null;
    const { SYNCHRONIZE, PROCESS_QUERY_LIMITED_INFORMATION } = processAccess;
    const access = SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION;
    const handle = this.#win32.OpenProcess(access, 0, processId);
    return BigInt(handle) === 0n ? null : handle;
  }

  #hasExited(handle: Word): boolean {
    return this.#win32.WaitForSingleObject(handle, 0) === waits.WAIT_OBJECT_0;
  }

  /** https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes */
  #creationTime(handle: Word): bigint | null {
    const [creation, exit, kernel, user] = [filetime(), filetime(), filetime(), filetime()];
    const done = this.#win32.GetProcessTimes(handle, creation, exit, kernel, user);
    // The low half comes first, which is how a 64-bit number lies in memory.
    return done === 0 ? null : creation.readBigUInt64LE();
  }

  /** The file name without its folder, or "" when it may not be known. */
  #nameOf(handle: Word): string {
    const name = Buffer.alloc(2 * pathCharactersMax);
    const characters = Buffer.alloc(4);
    characters.writeUInt32LE(pathCharactersMax);
    if (this.#win32.QueryFullProcessImageNameW(handle, 0, name, characters) === 0) return "";
    return windowsPath.basename(fromWideText(name.subarray(0, 2 * characters.readUInt32LE())));
  }
}

function isProcessId(processId: number): boolean {
  return Number.isInteger(processId) && processId >= 1 && processId <= processIdMax;
}

function filetime(): Buffer {
  return Buffer.alloc(structs.FILETIME.size);
}

class Win32ProcessWatch implements ProcessWatch {
  readonly identity: ProcessIdentity;
  readonly #win32: Win32;
  #handle: Word | null;

  constructor(win32: Win32, handle: Word, identity: ProcessIdentity) {
    this.#win32 = win32;
    this.#handle = handle;
    this.identity = identity;
  }

  hasExited(): boolean {
    if (this.#handle === null) throw new Error("the watch is closed");
    return this.#win32.WaitForSingleObject(this.#handle, 0) === waits.WAIT_OBJECT_0;
  }

  close(): void {
    if (this.#handle === null) return;
    this.#win32.CloseHandle(this.#handle);
    this.#handle = null;
  }
}
