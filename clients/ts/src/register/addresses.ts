// Whether two sockets on one port would get in each other's way. Asked because the kernel does not say so on Linux: there a
// process may bind a held port twice, and each socket would get a part of the connections.

export interface BoundAddress {
  /** An IP literal. */
  readonly address: string;
  readonly ipv6Only: boolean;
}

export function overlap(one: BoundAddress, other: BoundAddress): boolean {
  return one.address === other.address || covers(one, other) || covers(other, one);
}

/** Whether a socket on `wide` accepts what is sent to `narrow`. */
function covers(wide: BoundAddress, narrow: BoundAddress): boolean {
  const isIpv6 = narrow.address.includes(":");
  if (wide.address === "0.0.0.0") return !isIpv6;
  if (wide.address === "::") return isIpv6 || !wide.ipv6Only;
  return false;
}
