// Where to knock at a host that is not heard from. Hosts write their addresses into etcd by themselves, and whoever may write there
// could make a fleet server connect to what is its own neighbour. So it knocks at no address that stays on this link, as those of cloud
// metadata services do, and at no other port than that of the broker; it sends nothing, and tells nothing of what answered.

import { BlockList, isIP } from "node:net";
import { findListenAddress, isLoopback } from "../../server/config/listen-address.js";
import type { HostRecord } from "../records/host-record.js";

export interface KnockTarget {
  readonly host: string;
  readonly port: number;
}

/** 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291, section 2.5.6), and the addresses that name nobody or everybody. */
const refused = new BlockList();
refused.addSubnet("169.254.0.0", 16, "ipv4");
refused.addSubnet("0.0.0.0", 8, "ipv4");
refused.addSubnet("224.0.0.0", 3, "ipv4");
refused.addSubnet("fe80::", 10, "ipv6");
refused.addSubnet("ff00::", 8, "ipv6");
refused.addAddress("::", "ipv6");
/** Where Amazon's hosts have their metadata in IPv6. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
refused.addAddress("fd00:ec2::254", "ipv6");

/** Whether a fleet server may connect to this IP address; also in the form ::ffff:a.b.c.d. */
export function mayKnockAt(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused.check(address, "ipv4");
    case 6:
      // A zone makes no other address of it.
      return !refused.check(address.replace(/%.*$/, ""), "ipv6");
    default:
      return false;
  }
}

/**
 * The broker's first address that others can reach; where it listens for its own host alone, the host's address and the broker's port,
 * at which a host that is there says that nothing listens. `null`: the host says no address, or no port. Names are not looked up here.
 */
export function knockTarget({
  address,
  brokerAddresses,
}: Pick<HostRecord, "address" | "brokerAddresses">): KnockTarget | null {
  const listens = brokerAddresses.flatMap((text) => findListenAddress(text) ?? []);
  const first = listens.find(({ port }) => isBrokerPort(port));
  if (first === undefined) return null;
  const reachable = listens.find(({ host, port }) => isBrokerPort(port) && !staysThere(host));
  if (reachable !== undefined) return reachable;
  const host = address.replace(/^\[(.+)\]$/, "$1");
  return host === "" ? null : { host, port: first.port };
}

/** Below are the ports of well-known services: what says that it is a broker there is left alone. */
const brokerPortMin = 1_024;

function isBrokerPort(port: number): boolean {
  return port >= brokerPortMin;
}

/** Others find nobody there, or themselves. */
function staysThere(host: string): boolean {
  return isLoopback(host) || host === "0.0.0.0" || host === "::";
}
