// Ports of this host that are really held, as a broker holds them, for tests that bind.

import { openHostPorts, type ReservedBlock } from "@portlease/native";

/** Holds a run of free ports until `release`. */
export function holdPorts(portCount: number): Promise<ReservedBlock> {
  return openHostPorts().reserveBlock({
    kind: "held",
    protocol: "tcp",
    firstPort: null,
    portCount,
    leasedPorts: null,
  });
}

export function portsOf({ firstPort, portCount }: ReservedBlock): readonly number[] {
  return Array.from({ length: portCount }, (_, offset) => firstPort + offset);
}
