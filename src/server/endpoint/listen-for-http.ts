// Where a server serves HTTP: on the address that was asked for, through its own reservation where the host has such; where that
// cannot be had and nobody insists on it, on a port of the same host that the operating system chooses (semantics.md 20).

import type { OwnPort } from "../blocks/reserve-own-ports.js";
import type { HttpWish } from "../config/http-settings.js";
import { formatListenAddress } from "../config/listen-address.js";
import { type EndpointParts, tellRefusal, throughReservation } from "./listen.js";
import { literalAddress } from "./literal-address.js";

/** Resolves with host:port for browsers on this host; `foundBy` has it for people. Rejects with StartError. */
export async function listenForHttp(
  parts: Omit<EndpointParts, "localSocketPath">,
  { address: wanted, orElsewhere }: HttpWish,
  own: OwnPort,
  foundBy: string,
): Promise<string> {
  const { server, log } = parts;
  const chosen = `the port for HTTP cannot be had: the operating system chooses one; ${foundBy} has its address`;
  const address = await literalAddress(wanted, parts.secured, parts.resolve);
  const elsewhere = (): Promise<string> => server.listen({ ...address, port: 0 });
  if (own.state === "ordinary") {
    try {
      return await server.listen(address);
    } catch (error) {
      if (!orElsewhere || !(error instanceof Error)) throw error;
      const reason = error.message;
      log.warn(chosen, {
        address: formatListenAddress(address),
        reason,
      });
      return elsewhere();
    }
  }
  const refusal =
    own.state === "refused" ? own.error : await throughReservation(parts, address, own);
  if (typeof refusal === "string") return refusal;
  await tellRefusal(parts, chosen, address, refusal);
  return elsewhere();
}
