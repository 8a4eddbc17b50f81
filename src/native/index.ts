// Opens what portlease asks of the operating system, for the platform that it runs on. The only place that reads
// process.platform; nothing native is loaded before a function here is called.

import type { Doctor } from "./doctor/doctor.js";
import { openLinuxDoctor } from "./doctor/linux/linux-doctor.js";
import { openWindowsDoctor } from "./doctor/windows/windows-doctor.js";
import type { HostPorts, LesseeSockets } from "./host-ports.js";
import { NativeError } from "./native-error.js";
import { loadLibc } from "./posix/bindings.js";
import { darwinLayout, linuxLayout, type PosixLayout } from "./posix/layout.js";
import { openPosixHostPorts, openPosixLesseeSockets } from "./posix/open.js";
import { unprivilegedPortStart } from "./posix/unprivileged-ports.js";

export { adoptTcpSocket, listenOnLeased, type ListenOptions, type TcpHandle } from "./adopt.js";
export type { Doctor, DoctorReport } from "./doctor/doctor.js";
export type { FactReport, FactResult } from "./doctor/fact.js";
export type * from "./host-ports.js";
export { NativeError, type NativeErrorCode, type NativeErrorFields } from "./native-error.js";

/**
 * For the broker. Throws UNSUPPORTED on platforms without an implementation. Linux is tested; macOS is compiled but was never
 * run, and has no view of the host's sockets and processes.
 */
export function openHostPorts(): HostPorts {
  const layout = posixLayout();
  return openPosixHostPorts(loadLibc(), layout);
}

/** For holders of leases. Same platforms, same errors. */
export function openLesseeSockets(): LesseeSockets {
  const layout = posixLayout();
  return openPosixLesseeSockets(loadLibc(), layout);
}

/** The first port that needs no rights to bind; `null` on platforms without such a limit, and where it cannot be read. */
export function readUnprivilegedPortStart(): Promise<number | null> {
  return process.platform === "linux" ? unprivilegedPortStart() : Promise.resolve(null);
}

/** For `portlease doctor`. Throws UNSUPPORTED on other platforms than Windows and Linux. */
export function openDoctor(): Doctor {
  switch (process.platform) {
    case "win32":
      return openWindowsDoctor();
    case "linux":
      return openLinuxDoctor();
    default:
      throw new NativeError(
        "UNSUPPORTED",
        `portlease doctor knows nothing to try on ${process.platform}. Run it on Windows or Linux.`,
      );
  }
}

function posixLayout(): PosixLayout {
  switch (process.platform) {
    case "linux":
      return linuxLayout;
    case "darwin":
      return darwinLayout;
    case "win32":
      throw new NativeError(
        "UNSUPPORTED",
        "This version of portlease does not run on Windows; Windows support arrives with a later version. Run it on Linux.",
      );
    default:
      throw new NativeError(
        "UNSUPPORTED",
        `portlease does not run on ${process.platform}. Run it on Linux.`,
      );
  }
}
