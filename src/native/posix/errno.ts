// Errno numbers as names, and as NativeErrors that say what to do. Makes no calls; the numbers come from Node's own table.

import { constants } from "node:os";
import { NativeError } from "../native-error.js";

export const { EADDRINUSE, EACCES, EPERM, EMFILE, ENFILE, EADDRNOTAVAIL, EAGAIN } = constants.errno;

/** "EADDRINUSE" for 98 on Linux; "errno 12345" for a number that this platform does not have. */
export function errnoName(errorNumber: number): string {
  const entry = Object.entries(constants.errno).find(([, number]) => number === errorNumber);
  return entry?.[0] ?? `errno ${errorNumber}`;
}

/** The error for a socket call that failed, for every errno that has no better explanation at the place of the call. */
export function socketFailure(
  api: string,
  errorNumber: number,
  port: number | null,
  address: string | null = null,
): NativeError {
  const errorName = errnoName(errorNumber);
  const fields = { api, errorNumber, errorName, port };
  const what = `${api} failed with ${errorName} (${errorNumber})${place(port, address)}`;
  switch (errorNumber) {
    case EADDRINUSE:
      return new NativeError(
        "PORT_TAKEN",
        `${what}: another socket is bound to the port. Stop its process or use another port.`,
        fields,
      );
    case EACCES:
    case EPERM:
      return new NativeError(
        "ACCESS_DENIED",
        `${what}: this user may not bind the port. Ports below net.ipv4.ip_unprivileged_port_start (1024 by default) need ` +
          "root or CAP_NET_BIND_SERVICE; elsewhere a security policy (SELinux, AppArmor, Landlock) refused it. " +
          "Use a higher port or grant the right.",
        fields,
      );
    case EMFILE:
    case ENFILE:
      return new NativeError(
        "DESCRIPTOR_LIMIT",
        `${what}: ${errorNumber === EMFILE ? "this process" : "the whole system"} may not open more files. ` +
          (errorNumber === EMFILE
            ? "Raise its limit (ulimit -n, LimitNOFILE= in systemd, --ulimit nofile= for docker)."
            : "Raise the sysctl fs.file-max."),
        fields,
      );
    case EADDRNOTAVAIL:
      return new NativeError(
        "OS_ERROR",
        `${what}: this host has no such address. Use an address of a local interface, or 0.0.0.0 or :: for all of them.`,
        fields,
      );
    default:
      return new NativeError(
        "OS_ERROR",
        `${what}. Look the name up in the errno(3) manual page.`,
        fields,
      );
  }
}

function place(port: number | null, address: string | null): string {
  if (port === null) return "";
  if (address === null) return ` for port ${port}`;
  return address.includes(":") ? ` for [${address}]:${port}` : ` for ${address}:${port}`;
}
