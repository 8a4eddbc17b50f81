// Ports of this host that are really held, as a broker holds them, for tests that bind.

import { openHostPorts, type ReservedBlock } from "@portlease/native";
import { blockRequest } from "../../../support/native-requests.js";

/** Holds a run of free ports until `release`. */
export function holdPorts(portCount: number): Promise<ReservedBlock> {
  return openHostPorts().reserveBlock(blockRequest({ portCount }));
}

export function portsOf({ firstPort, portCount }: ReservedBlock): readonly number[] {
  return Array.from({ length: portCount }, (_, offset) => firstPort + offset);
}
