// Puts the parts of the Win32 implementation together. Knows which parts there are; calls nothing else.

import type { PrivateFolders } from "../host-ports.js";
import { loadWin32 } from "./bindings.js";
import { Win32PrivateFolders } from "./private-folders.js";

export function openWin32PrivateFolders(): PrivateFolders {
  return new Win32PrivateFolders(loadWin32());
}
