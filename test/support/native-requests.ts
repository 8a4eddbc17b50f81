// Requests to the native layer with everything that a test does not care about filled in.

import type { BindLeasedRequest, ReserveBlockRequest } from "@portlease/native";

/** A new TCP block of kind HELD anywhere, four ports long. */
export function blockRequest(fields: Partial<ReserveBlockRequest> = {}): ReserveBlockRequest {
  return {
    kind: "held",
    protocol: "tcp",
    firstPort: null,
    pick: "auto",
    portCount: 4,
    isolation: "shared",
    leasedPorts: null,
    intend: () => Promise.resolve(),
    ...fields,
  };
}

/** A TCP bind beside a hold, on IPv4's loopback. */
export function bindRequest(
  fields: Partial<BindLeasedRequest> & Pick<BindLeasedRequest, "port">,
): BindLeasedRequest {
  return {
    protocol: "tcp",
    address: "127.0.0.1",
    ipv6Only: false,
    bindMethod: "share-port",
    token: 0n,
    tokenPortCount: 1,
    ...fields,
  };
}
