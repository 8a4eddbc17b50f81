// Where in etcd the records of the fleet are: docs/fleet.md documents the layout. Knows keys, and nothing of what is under them.

import { hostIdLengthMax, leaseIdLengthMax } from "./record-limits.js";

/** What a key is about. */
export type FleetKey =
  | { readonly kind: "host"; readonly hostId: string }
  | { readonly kind: "presence"; readonly hostId: string }
  | { readonly kind: "lease"; readonly hostId: string; readonly leaseId: string };

const hostIdPattern = new RegExp(`^[A-Za-z0-9._-]{1,${hostIdLengthMax}}$`);
const leaseIdPattern = new RegExp(`^[A-Za-z0-9-]{1,${leaseIdLengthMax}}$`);

/** 1 to 253 letters, digits, dots, dashes and underscores, and not dots alone: paths and links are made of it. */
export function isHostId(text: string): boolean {
  return hostIdPattern.test(text) && text !== "." && text !== "..";
}

/** 1 to 32 letters, digits and dashes. */
export function isLeaseId(text: string): boolean {
  return leaseIdPattern.test(text);
}

export class FleetKeys {
  /** All keys begin with it. */
  readonly prefix: string;
  /** What the hosts' records begin with. */
  readonly hosts: string;
  /** What the presence keys begin with. */
  readonly presences: string;
  /** What the leases of all hosts begin with. */
  readonly leases: string;

  /** `prefix` begins and ends with a slash. Throws a RangeError otherwise: keys would run into those of others. */
  constructor(prefix: string) {
    if (!prefix.startsWith("/") || !prefix.endsWith("/")) {
      throw new RangeError(`the prefix ${JSON.stringify(prefix)} does not begin and end with a /`);
    }
    this.prefix = prefix;
    this.hosts = `${prefix}hosts/`;
    this.presences = `${prefix}presence/`;
    this.leases = `${prefix}leases/`;
  }

  host(hostId: string): string {
    return this.hosts + hostId;
  }

  presence(hostId: string): string {
    return this.presences + hostId;
  }

  /** What the leases of one host begin with. */
  leasesOf(hostId: string): string {
    return `${this.leases}${hostId}/`;
  }

  lease(hostId: string, leaseId: string): string {
    return `${this.leases}${hostId}/${leaseId}`;
  }

  /** `why`: as the rest of a sentence about the key. */
  parse(key: string): FleetKey | { readonly kind: "unreadable"; readonly why: string } {
    if (key.startsWith(this.leases)) {
      const slash = key.indexOf("/", this.leases.length);
      if (slash < 0) return unreadable("it names a host and no lease");
      const hostId = key.slice(this.leases.length, slash);
      const leaseId = key.slice(slash + 1);
      if (!isHostId(hostId)) return notHostId;
      return isLeaseId(leaseId) ? { kind: "lease", hostId, leaseId } : notLeaseId;
    }
    if (key.startsWith(this.hosts)) return hostKey("host", key.slice(this.hosts.length));
    if (key.startsWith(this.presences)) {
      return hostKey("presence", key.slice(this.presences.length));
    }
    return unreadable("it is neither in hosts/ nor in presence/ nor in leases/");
  }
}

function hostKey(kind: "host" | "presence", hostId: string): ReturnType<FleetKeys["parse"]> {
  return isHostId(hostId) ? { kind, hostId } : notHostId;
}

function unreadable(why: string): { readonly kind: "unreadable"; readonly why: string } {
  return { kind: "unreadable", why };
}

const notHostId = unreadable(
  `it names no host: ids of hosts are 1 to ${hostIdLengthMax} letters, digits, dots, dashes and underscores`,
);
const notLeaseId = unreadable(
  `it names no lease: ids of leases are 1 to ${leaseIdLengthMax} letters, digits and dashes`,
);
