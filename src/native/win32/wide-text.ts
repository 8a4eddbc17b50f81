// Text between JavaScript and the UTF-16 of Windows calls. Paths, names and access lists are someone else's business.

import type { Win32 } from "./bindings.js";

/** With the NUL that ends it. */
export function wideText(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

/** Up to the first NUL, or the end. */
export function fromWideText(bytes: Buffer): string {
  const text = bytes.toString("utf16le");
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

/**
 * Copies a text that Windows allocated with LocalAlloc, and frees it. `pointer` is where the call wrote its address.
 * https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-localfree
 */
export function takeWindowsText(win32: Win32, pointer: Buffer): string {
  const address = pointer.readBigUInt64LE();
  try {
    const characters = win32.lstrlenW(address) + 1;
    const copy = Buffer.alloc(2 * characters);
    win32.lstrcpynW(copy, address, characters);
    return fromWideText(copy);
  } finally {
    win32.LocalFree(address);
  }
}
