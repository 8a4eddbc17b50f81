// What tells this broker from another one that calls its host by the same id in the fleet: the same after a restart, and nothing that
// the broker's secret, or a holder key, could be told from.

import { createHmac } from "node:crypto";

/** No lease id has a space, so that no holder key is made of the same text. */
const label = "portlease fleet broker";
/** 128 bits in hexadecimal. */
const idLength = 32;

export function brokerIdOf(brokerSecret: Uint8Array): string {
  return createHmac("sha256", brokerSecret).update(label).digest("hex").slice(0, idLength);
}
