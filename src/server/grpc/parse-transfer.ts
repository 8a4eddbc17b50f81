// From TransferSocket's message to what is to be bound: which port of the lease, in which protocol, on which address.

import { isIP, SocketAddress } from "node:net";
import type { Protocol as WireProtocol } from "@portlease/proto/portlease/v1/common.js";
import {
  type TransferSocketRequest,
  TransferSocketRequest_AddressFamily as Family,
} from "@portlease/proto/portlease/v1/lease_service.js";
import { fieldInvalid } from "../domain/refusals.js";
import { BrokerError } from "../domain/errors.js";
import { containsPort, formatPortRange } from "../domain/port-range.js";
import type { LeaseRecord, TransportProtocol } from "../domain/records.js";
import { shareTransport } from "../domain/shared-ports.js";
import type { TransferTarget } from "../transfers.js";
import { protocolOf } from "./parse.js";

/** Longer texts are no addresses. https://www.rfc-editor.org/rfc/rfc4291#section-2.2 */
const addressLengthMax = 45;

export function parseTransfer(request: TransferSocketRequest, lease: LeaseRecord): TransferTarget {
  return {
    protocol: parseProtocol(request.protocol, lease),
    port: parsePort(request.port, lease),
    ...parseAddress(request.address, request.addressFamily),
  };
}

function parseProtocol(protocol: WireProtocol, lease: LeaseRecord): TransportProtocol {
  const asked = protocolOf(protocol);
  if (asked === null) return lease.protocol === "udp" ? "udp" : "tcp";
  if (asked === "tcp-and-udp") {
    throw fieldInvalid(
      "protocol",
      "is TCP_AND_UDP, and a socket has one protocol; ask for one socket of each",
    );
  }
  if (shareTransport(lease.protocol, asked)) return asked;
  throw fieldInvalid(
    "protocol",
    `is ${asked}, and the lease has ${lease.protocol} ports only; leave it unset`,
  );
}

function parsePort(port: number, { ports }: LeaseRecord): number {
  if (port === 0) return ports.firstPort;
  if (containsPort(ports, port)) return port;
  throw new BrokerError(
    "port_out_of_range",
    `port ${port} is none of the lease, which has ${formatPortRange(ports)}; name one of these, or none for the first`,
    { field: "port", metadata: { port: String(port), ports: formatPortRange(ports) } },
  );
}

/** What a family alone stands for. */
const wildcards = {
  dual: { address: "::", ipv6Only: false },
  ipv4: { address: "0.0.0.0", ipv6Only: false },
  ipv6: { address: "::", ipv6Only: true },
} as const;

function parseAddress(
  address: string,
  family: Family,
): Pick<TransferTarget, "address" | "ipv6Only"> {
  const wanted = familyOf(family);
  if (address === "") return wildcards[wanted ?? "dual"];
  const canonical = canonicalAddress(address);
  const own = canonical.includes(":") ? "ipv6" : "ipv4";
  const fits = wanted === null || wanted === own || (wanted === "dual" && own === "ipv6");
  if (!fits) {
    throw fieldInvalid(
      "address",
      `is the ${own === "ipv6" ? "IPv6" : "IPv4"} address ${canonical}, which does not fit address_family; leave one of the two unset`,
    );
  }
  // Only the wildcard can take IPv4 with it; saying so keeps a repeat in other words the same.
  const ipv6Only = own === "ipv6" && (canonical !== "::" || wanted === "ipv6");
  return { address: canonical, ipv6Only };
}

function familyOf(family: Family): keyof typeof wildcards | null {
  switch (family) {
    case Family.ADDRESS_FAMILY_UNSPECIFIED:
      return null;
    case Family.ADDRESS_FAMILY_DUAL_STACK:
      return "dual";
    case Family.ADDRESS_FAMILY_IPV4:
      return "ipv4";
    case Family.ADDRESS_FAMILY_IPV6:
      return "ipv6";
    default:
      throw fieldInvalid("address_family", `is ${family}, which is no family of this API`);
  }
}

/** The same address is always the same text, so that a repeat is known for one. */
function canonicalAddress(address: string): string {
  const version = address.length > addressLengthMax ? 0 : isIP(address);
  if (version === 4) return new SocketAddress({ address, family: "ipv4" }).address;
  const scoped = address.includes("%");
  const canonical =
    version === 6 && !scoped ? new SocketAddress({ address, family: "ipv6" }).address : "";
  if (canonical !== "" && !canonical.includes(".")) return canonical;
  throw fieldInvalid(
    "address",
    "is no address to bind; send an IPv4 or IPv6 literal without a scope and without IPv4 inside of IPv6, or leave it empty " +
      "for all addresses",
  );
}
