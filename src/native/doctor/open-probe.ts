// The probe of the platform that this process runs on.

import { NativeError } from "../native-error.js";
import { loadLibc } from "../posix/bindings.js";
import { linuxLayout } from "../posix/layout.js";
import { loadWin32 } from "../win32/bindings.js";
import { PosixProbe } from "./linux/posix-probe.js";
import type { Probe } from "./probe.js";
import { Win32Probe } from "./windows/win32-probe.js";

/** Throws UNSUPPORTED on other platforms than Windows and Linux. */
export function openProbe(platform: string = process.platform): Probe {
  switch (platform) {
    case "win32":
      return new Win32Probe(loadWin32());
    case "linux":
      return new PosixProbe(loadLibc(), linuxLayout);
    default:
      throw new NativeError(
        "UNSUPPORTED",
        `portlease doctor knows nothing to try on ${platform}. Run it on Windows or Linux.`,
      );
  }
}
