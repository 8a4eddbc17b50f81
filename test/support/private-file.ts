// Takes a file or a folder from everybody but this user, where mode bits do not do so: on Windows by its access list. Wine gives new files to
// everybody, whatever the list of their folder says.

import koffi from "koffi";
import { loadWin32 } from "#native/win32/bindings.js";
import { security } from "#native/win32/layout.js";
import { privateFolderSddl } from "#native/win32/sddl.js";
import { currentUserSid } from "#native/win32/token-facts.js";
import { wideText } from "#native/win32/wide-text.js";

/**
 * No-op but on Windows.
 * https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setfilesecuritya
 */
export function takeFromOthers(path: string): void {
  if (process.platform !== "win32") return;
  const win32 = loadWin32();
  const setFileSecurity = koffi
    .load("advapi32.dll")
    .func("int __stdcall SetFileSecurityW(const void *name, uint32_t what, uint64_t descriptor)");
  const descriptor = Buffer.alloc(8);
  win32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
    wideText(privateFolderSddl(currentUserSid(win32))),
    security.SDDL_REVISION_1,
    descriptor,
    null,
  );
  const address = descriptor.readBigUInt64LE();
  const done = Number(setFileSecurity(wideText(path), security.DACL_SECURITY_INFORMATION, address));
  win32.LocalFree(address);
  if (done === 0) throw new Error(`${path} could not be taken from others`);
}
