// Puts the parts of the Win32 implementation together, and finds out what this host has. Decides nothing else.

import type { HostPorts, LesseeSockets, PrivateFolders, SocketDuplicator } from "../host-ports.js";
import { NativeError } from "../native-error.js";
import { type Win32, loadWin32 } from "./bindings.js";
import { PortTrials, wildcard } from "./bind-port.js";
import { errors } from "./error-table.js";
import { Exclusions } from "./exclusions.js";
import { Win32HostPorts } from "./host-ports.js";
import { winsockVersion, wsaDataBytes } from "./layout.js";
import { Win32LesseeSockets } from "./lessee-sockets.js";
import { netshPath, SystemNetsh } from "./netsh.js";
import { PersistentCalls } from "./persistent-calls.js";
import { PortSockets } from "./port-sockets.js";
import { Win32PrivateFolders } from "./private-folders.js";
import { Processes } from "./processes.js";
import { SocketTables } from "./socket-tables.js";
import { isElevated } from "./token-facts.js";
import { win32Error } from "./win32-failure.js";

export interface Win32HostOptions {
  /** Default: that of the system, see netshPath. */
  readonly netsh?: string;
}

export function openWin32HostPorts(options: Win32HostOptions = {}): HostPorts {
  const win32 = startWinsock(loadWin32());
  const sockets = new PortSockets(win32);
  const persistent = new PersistentCalls(win32);
  const ipv6 = hasIpv6(sockets);
  return new Win32HostPorts({
    sockets,
    trials: new PortTrials(sockets, ipv6 ? "ipv6" : "ipv4"),
    persistent,
    exclusions: new Exclusions(new SystemNetsh(options.netsh ?? netshPath(process.env))),
    tables: new SocketTables(win32),
    processes: new Processes(win32),
    elevated: isElevated(win32),
    hasPersistent: hasPersistent(persistent),
    ipv6,
  });
}

export function openWin32LesseeSockets(): LesseeSockets {
  return new Win32LesseeSockets(new PortSockets(startWinsock(loadWin32())));
}

export function openWin32SocketDuplicator(): SocketDuplicator {
  const sockets = new PortSockets(startWinsock(loadWin32()));
  return {
    duplicate: ({ descriptor, port }, processId) => sockets.duplicate(descriptor, processId, port),
  };
}

export function openWin32PrivateFolders(): PrivateFolders {
  return new Win32PrivateFolders(loadWin32());
}

/** Node starts Winsock itself, but nowhere says when. Starts only count up. https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsastartup */
function startWinsock(win32: Win32): Win32 {
  const errorNumber = win32.WSAStartup(winsockVersion, Buffer.alloc(wsaDataBytes));
  if (errorNumber === 0) return win32;
  throw win32Error({ api: "WSAStartup", errorNumber }, "for this process");
}

/** Looking up a run needs no rights and changes nothing; only a build without the call cannot answer. */
function hasPersistent(calls: PersistentCalls): boolean {
  try {
    calls.lookup("tcp", { firstPort: 1, portCount: 1 });
    return true;
  } catch (error) {
    if (error instanceof NativeError && error.code === "UNSUPPORTED") return false;
    throw error;
  }
}

/** Only "no such family" counts: reserving by IPv4 alone because of some other failure would not notice IPv6 sockets. */
function hasIpv6(sockets: PortSockets): boolean {
  const options = {
    protocol: "tcp",
    port: 0,
    ipv6Only: false,
    exclusive: false,
    token: 0n,
  } as const;
  try {
    const { socket, failure } = sockets.openBound({ ...options, ip: wildcard("ipv6") });
    if (failure !== null) return failure.errorNumber !== errors.WSAEADDRNOTAVAIL;
    sockets.close(socket);
    return true;
  } catch (error) {
    if (error instanceof NativeError && error.code === "UNSUPPORTED") return false;
    throw error;
  }
}
