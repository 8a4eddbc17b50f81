// Which ports two things have in common: blocks, leases, wishes for them. TCP and UDP number theirs independently.

import type { PortRange } from "./port-range.js";
import type { Protocol, TransportProtocol } from "./records.js";

interface ProtocolPorts {
  readonly protocol: Protocol;
  readonly ports: PortRange;
}

/** `null` when there are none. */
export function sharedPorts(a: ProtocolPorts, b: ProtocolPorts): PortRange | null {
  if (!shareTransport(a.protocol, b.protocol)) return null;
  const firstPort = Math.max(a.ports.firstPort, b.ports.firstPort);
  const lastPort = Math.min(a.ports.lastPort, b.ports.lastPort);
  return firstPort <= lastPort ? { firstPort, lastPort } : null;
}

export function transportsOf(protocol: Protocol): readonly TransportProtocol[] {
  return protocol === "tcp-and-udp" ? ["tcp", "udp"] : [protocol];
}

export function shareTransport(a: Protocol, b: Protocol): boolean {
  return a === b || a === "tcp-and-udp" || b === "tcp-and-udp";
}
