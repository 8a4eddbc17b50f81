// Folders with a protected access list: LocalSystem, Administrators and the user of this process. What is in them is not its
// business. Windows ignores the mode bits of mkdir: https://nodejs.org/api/fs.html#fsmkdirsyncpath-options

import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { PrivateFolders } from "../host-ports.js";
import type { Win32 } from "./bindings.js";
import { errors } from "./error-table.js";
import { security, structs } from "./layout.js";
import { ownerBesides, privateFolderSddl, readersBesides, unknownOwner } from "./sddl.js";
import { currentUserSid } from "./token-facts.js";
import { win32Error } from "./win32-failure.js";
import { takeWindowsText, wideText } from "./wide-text.js";

const pointerBytes = 8;

/** What of a folder says who gets at it. */
const asked = security.OWNER_SECURITY_INFORMATION | security.DACL_SECURITY_INFORMATION;

export class Win32PrivateFolders implements PrivateFolders {
  readonly #win32: Win32;

  constructor(win32: Win32) {
    this.#win32 = win32;
  }

  makePrivate(path: string): void {
    const folder = resolve(path);
    mkdirSync(dirname(folder), { recursive: true });
    const descriptor = Buffer.alloc(pointerBytes);
    const sddl = wideText(privateFolderSddl(currentUserSid(this.#win32)));
    const { SDDL_REVISION_1 } = security;
    // The name is Windows' own.
    const convert = "ConvertStringSecurityDescriptorToSecurityDescriptorW";
    if (this.#win32[convert](sddl, SDDL_REVISION_1, descriptor, null) === 0) {
      throw this.#failed(convert, path);
    }
    const { size, at } = structs.SECURITY_ATTRIBUTES;
    const attributes = Buffer.alloc(size);
    attributes.writeUInt32LE(size, at.nLength);
    descriptor.copy(attributes, at.lpSecurityDescriptor);
    try {
      if (this.#win32.CreateDirectoryW(wideText(folder), attributes) !== 0) return;
      const errorNumber = this.#win32.GetLastError();
      if (errorNumber === errors.ERROR_ALREADY_EXISTS) return;
      throw win32Error({ api: "CreateDirectoryW", errorNumber }, `for ${path}`);
    } finally {
      this.#win32.LocalFree(descriptor.readBigUInt64LE());
    }
  }

  widerRights(path: string): readonly string[] | null {
    const text = this.#sddlOf(path);
    return text === null ? null : readersBesides(text, currentUserSid(this.#win32));
  }

  foreignOwner(path: string): string | null {
    const text = this.#sddlOf(path);
    return text === null ? unknownOwner : ownerBesides(text, currentUserSid(this.#win32));
  }

  /** Owner and access list; `null` when Windows cannot write them down. */
  #sddlOf(path: string): string | null {
    const descriptor = this.#descriptorOf(path);
    const { SDDL_REVISION_1 } = security;
    const text = Buffer.alloc(pointerBytes);
    const converted = this.#win32.ConvertSecurityDescriptorToStringSecurityDescriptorW(
      descriptor,
      SDDL_REVISION_1,
      asked,
      text,
      null,
    );
    return converted === 0 ? null : takeWindowsText(this.#win32, text);
  }

  /** https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-getfilesecuritya */
  #descriptorOf(path: string): Buffer {
    const name = wideText(resolve(path));
    const needed = Buffer.alloc(4);
    if (this.#win32.GetFileSecurityW(name, asked, null, 0, needed) === 0) {
      const errorNumber = this.#win32.GetLastError();
      if (errorNumber !== errors.ERROR_INSUFFICIENT_BUFFER) {
        throw win32Error({ api: "GetFileSecurityW", errorNumber }, `for ${path}`);
      }
    }
    const descriptor = Buffer.alloc(needed.readUInt32LE());
    const size = descriptor.length;
    if (this.#win32.GetFileSecurityW(name, asked, descriptor, size, needed) === 0) {
      throw this.#failed("GetFileSecurityW", path);
    }
    return descriptor;
  }

  /** Call it in the tick of the failure. */
  #failed(api: string, path: string): Error {
    return win32Error({ api, errorNumber: this.#win32.GetLastError() }, `for ${path}`);
  }
}
