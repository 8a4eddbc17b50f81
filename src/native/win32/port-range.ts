// Runs of ports as Windows takes them: the start in network order, the count in host order. Checked before they are swapped,
// because what is too large for 16 bits would silently name other ports. Pure.

import type { PortRun } from "../host-ports.js";
import { checkPortRun } from "../port-runs.js";
import { structs } from "./layout.js";

/** htons on a little-endian machine. Throws RANGE_INVALID unless the run lies within 1 to 65535. */
export function networkOrderStart(run: PortRun): number {
  checkPortRun(run.firstPort, run.portCount);
  return ((run.firstPort & 0xff) << 8) | (run.firstPort >> 8);
}

/** INET_PORT_RANGE. `firstPort` null leaves the choice to the kernel. Throws RANGE_INVALID. */
export function encodePortRange(firstPort: number | null, portCount: number): Buffer {
  checkPortRun(firstPort, portCount);
  const { size, at } = structs.INET_PORT_RANGE;
  const range = Buffer.alloc(size);
  range.writeUInt16BE(firstPort ?? 0, at.StartPort);
  range.writeUInt16LE(portCount, at.NumberOfPorts);
  return range;
}

export interface ReservedRun {
  readonly run: PortRun;
  readonly token: bigint;
}

/** INET_PORT_RESERVATION_INSTANCE. */
export function decodeReservation(instance: Buffer): ReservedRun {
  const { at } = structs.INET_PORT_RESERVATION_INSTANCE;
  const firstPort = instance.readUInt16BE(at.StartPort);
  const portCount = instance.readUInt16LE(at.NumberOfPorts);
  return { run: { firstPort, portCount }, token: instance.readBigUInt64LE(at.Token) };
}

/** INET_PORT_RESERVATION_TOKEN. */
export function encodeToken(token: bigint): Buffer {
  const bytes = Buffer.alloc(structs.INET_PORT_RESERVATION_TOKEN.size);
  bytes.writeBigUInt64LE(token, structs.INET_PORT_RESERVATION_TOKEN.at.Token);
  return bytes;
}
