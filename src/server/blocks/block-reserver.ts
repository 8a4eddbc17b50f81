// Makes blocks of the core out of what the native layer reserves: one reservation for TCP or UDP, two over the same ports for both.

import type { HostPorts } from "@portlease/native";
import type { BlockReserver } from "../domain/boundaries.js";
import { reservePair } from "./reserve-pair.js";
import { SingleReservation } from "./single-reservation.js";

export function blockReserver(hostPorts: Pick<HostPorts, "reserveBlock">): BlockReserver {
  return {
    reserveBlock: async ({ protocol, ...request }) => {
      if (protocol === "tcp-and-udp") return reservePair(hostPorts, { protocol, ...request });
      return new SingleReservation(await hostPorts.reserveBlock({ protocol, ...request }));
    },
  };
}
