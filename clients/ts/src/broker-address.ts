// What a gRPC address says of where it leads. https://github.com/grpc/grpc/blob/master/doc/naming.md

import { isIP } from "node:net";

/** The host of an address such as "dns:///db.example:7600", "[::1]:7600" or "127.0.0.1"; `null` for local sockets and unknown forms. */
export function hostOf(address: string): string | null {
  if (/^(?:unix|unix-abstract):/.test(address)) return null;
  const plain = address.replace(/^(?:dns|ipv4|ipv6):(?:\/\/[^/]*\/)?/, "");
  const match = /^(?:\[([^\]]+)\]|([^:[\]/]+))(?::\d+)?$/.exec(plain);
  if (match !== null) return match[1] ?? match[2] ?? null;
  return isIP(plain) === 6 ? plain : null;
}

/** True only where nothing of a call leaves this host: a local socket, or an address of the loopback interface. */
export function staysOnThisHost(address: string): boolean {
  // A named pipe of another host has its name in place of the dot.
  if (/^unix(?:-abstract)?:/.test(address)) return !/^unix:(?:\\\\|\/\/)(?!\.[\\/])/.test(address);
  const host = hostOf(address)?.toLowerCase() ?? "";
  switch (isIP(host)) {
    case 4:
      return host.startsWith("127.");
    case 6:
      return /^[0:]*:0*1$/.test(host) || host.startsWith("::ffff:127.");
    default:
      return host === "localhost";
  }
}
