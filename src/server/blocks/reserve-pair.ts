// Reserves the same ports in TCP and in UDP, or neither (semantics.md 19). Where the ports are anybody's choice, a range whose
// UDP half is taken is kept until the search is over, so that the next pick is another one.

import { type HostPorts, NativeError, type ReservedBlock } from "@portlease/native";
import type { BlockReservation, BlockReserver } from "../domain/boundaries.js";
import { PairedReservation } from "./paired-reservation.js";

/** Each try may reserve a range; a host with so many half-taken ranges has none to be found soon. */
const triesMax = 16;

type NativeReserver = Pick<HostPorts, "reserveBlock">;
type ReserveRequest = Parameters<BlockReserver["reserveBlock"]>[0];

export async function reservePair(
  hostPorts: NativeReserver,
  request: ReserveRequest,
): Promise<BlockReservation> {
  if (request.leasedPorts !== null) return bringBack(hostPorts, request);
  const halves: ReservedBlock[] = [];
  try {
    const tries = request.firstPort === null ? triesMax : 1;
    for (let count = 0; count < tries; count += 1) {
      const tcp = await hostPorts.reserveBlock({ ...request, protocol: "tcp" });
      halves.push(tcp);
      const udp = await udpTwin(hostPorts, request, tcp, tries > 1);
      if (udp === null) continue;
      halves.pop();
      return new PairedReservation(tcp, udp);
    }
    throw noCommonRange(request.portCount);
  } finally {
    for (const half of halves) {
      await half.remove().catch((error: unknown) => request.leftBehind(half, error));
    }
  }
}

/** `null` when the ports are taken in UDP and others may do. */
async function udpTwin(
  hostPorts: NativeReserver,
  request: ReserveRequest,
  { firstPort }: ReservedBlock,
  othersMayDo: boolean,
): Promise<ReservedBlock | null> {
  try {
    return await hostPorts.reserveBlock({ ...request, protocol: "udp", firstPort });
  } catch (error) {
    const taken = error instanceof NativeError && error.code === "PORT_TAKEN";
    if (taken && othersMayDo) return null;
    throw error;
  }
}

/** What cannot be brought back as a whole is let go, and stays where it outlives this process: it was reserved before. */
async function bringBack(
  hostPorts: NativeReserver,
  request: ReserveRequest,
): Promise<BlockReservation> {
  const tcp = await hostPorts.reserveBlock({ ...request, protocol: "tcp" });
  try {
    const udp = await hostPorts.reserveBlock({ ...request, protocol: "udp" });
    return new PairedReservation(tcp, udp);
  } catch (error) {
    await tcp.release();
    throw error;
  }
}

function noCommonRange(portCount: number): NativeError {
  return new NativeError(
    "NO_FREE_RANGE",
    `No ${portCount} consecutive ports were found that are free in both TCP and UDP: the UDP half of ${triesMax} free TCP ` +
      "ranges was taken. Nothing was reserved. Ask for fewer ports, or give a first port.",
  );
}
