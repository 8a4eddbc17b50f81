// Asks the kernel which UDP sockets are bound to a port. Every bound one is listed, whoever has it.

import type { IpFamily } from "../ip-address.js";
import { parseProcNet, type ProcNetRow } from "./proc-net.js";
import { readTextNow } from "./text-files.js";

export interface UdpTables {
  /** Synchronous: the kernel writes a line for each UDP socket of the host. */
  rowsOn(port: number): readonly ProcNetRow[];
}

const families: readonly IpFamily[] = ["ipv4", "ipv6"];

/** https://docs.kernel.org/networking/proc_net_tcp.html, whose columns UDP shares. */
export class ProcUdpTables implements UdpTables {
  rowsOn(port: number): readonly ProcNetRow[] {
    return families.flatMap((family) => {
      const text = readTextNow(family === "ipv4" ? "/proc/net/udp" : "/proc/net/udp6");
      return text === null ? [] : parseProcNet(text, family, port);
    });
  }
}

/** Where the kernel's tables cannot be read. */
export class NoUdpTables implements UdpTables {
  rowsOn(): readonly ProcNetRow[] {
    return [];
  }
}

/** For messages: "a process of user id 1000 is bound to 127.0.0.1:20417". */
export function describeUdpRow({ userId, localAddress, localPort }: ProcNetRow): string {
  const host = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  return `a process of user id ${userId} is bound to ${host}:${localPort}`;
}
