// Opens the doctor, and the probes of its two processes, for the platform that they run on. An entry point of its own, so that
// nobody else loads it.

import { NativeError } from "../native-error.js";
import type { Doctor } from "./doctor.js";
import { openLinuxDoctor, openLinuxProbe } from "./linux/linux-doctor.js";
import type { Probe } from "./probe.js";
import { openWindowsDoctor, openWindowsProbe } from "./windows/windows-doctor.js";

export type { Doctor, DoctorOptions, DoctorReport } from "./doctor.js";
export type { FactReport, FactResult } from "./fact.js";

/** Throws UNSUPPORTED on other platforms than Windows and Linux. */
export function openDoctor(): Doctor {
  return openByPlatform(openWindowsDoctor, openLinuxDoctor);
}

/** The same. */
export function openProbe(): Probe {
  return openByPlatform(openWindowsProbe, openLinuxProbe);
}

function openByPlatform<T>(onWindows: () => T, onLinux: () => T): T {
  switch (process.platform) {
    case "win32":
      return onWindows();
    case "linux":
      return onLinux();
    default:
      throw new NativeError(
        "UNSUPPORTED",
        `portlease doctor knows nothing to try on ${process.platform}. Run it on Windows or Linux.`,
      );
  }
}
