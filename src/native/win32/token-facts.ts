// What the access token of this process says: whether it is elevated, and which user it is.
// https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-gettokeninformation

import type { Win32 } from "./bindings.js";
import { accessTokens, structs } from "./layout.js";
import { takeWindowsText } from "./wide-text.js";
import { win32Error } from "./win32-failure.js";

/** A TOKEN_USER and the longest SID after it (68 bytes); more than enough. */
const tokenUserBytesMax = 256;

/** True for an administrator that runs elevated, and for services under LocalSystem. */
export function isElevated(win32: Win32): boolean {
  const { size, at } = structs.TOKEN_ELEVATION;
  const elevation = readToken(win32, accessTokens.TokenElevation, size);
  return elevation.readUInt32LE(at.TokenIsElevated) !== 0;
}

/** Such as "S-1-5-21-...-1001". */
export function currentUserSid(win32: Win32): string {
  const user = readToken(win32, accessTokens.TokenUser, tokenUserBytesMax);
  const text = Buffer.alloc(8);
  // The SID lies behind the struct in the same buffer, which stays where it is as long as it is referred to.
  const sid = user.readBigUInt64LE(structs.TOKEN_USER.at.Sid);
  if (win32.ConvertSidToStringSidW(sid, text) === 0) throw failed(win32, "ConvertSidToStringSidW");
  return takeWindowsText(win32, text);
}

function readToken(win32: Win32, what: number, bytes: number): Buffer {
  const token = Buffer.alloc(8);
  if (win32.OpenProcessToken(win32.GetCurrentProcess(), accessTokens.TOKEN_QUERY, token) === 0) {
    throw failed(win32, "OpenProcessToken");
  }
  const handle = token.readBigUInt64LE();
  try {
    const information = Buffer.alloc(bytes);
    const needed = Buffer.alloc(4);
    if (win32.GetTokenInformation(handle, what, information, bytes, needed) !== 0) {
      return information;
    }
    throw failed(win32, "GetTokenInformation");
  } finally {
    win32.CloseHandle(handle);
  }
}

/** Call it in the tick of the failure. */
function failed(win32: Win32, api: string): Error {
  return win32Error({ api, errorNumber: win32.GetLastError() }, "for this process");
}
