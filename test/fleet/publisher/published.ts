// What brokers have published below a prefix of an etcd, understood as the fleet server does.

import type { Etcd, KeyValue } from "#etcd/etcd.js";
import { FleetKeys } from "#fleet/records/fleet-keys.js";
import { readHost } from "#fleet/records/host-json.js";
import type { HostRecord } from "#fleet/records/host-record.js";
import { readLease } from "#fleet/records/lease-json.js";
import type { LeaseRecord } from "#fleet/records/lease-record.js";
import { readPresence } from "#fleet/records/presence-json.js";
import type { PresenceRecord } from "#fleet/records/presence-record.js";
import type { ReadResult } from "#fleet/records/read-record.js";
import { eventually } from "../../support/eventually.js";

export interface Published {
  readonly hosts: ReadonlyMap<string, HostRecord>;
  readonly presences: ReadonlyMap<string, PresenceRecord>;
  /** By id: those of all hosts. */
  readonly leases: ReadonlyMap<string, LeaseRecord>;
  readonly entries: readonly KeyValue[];
}

export async function readPublished(etcd: Etcd, prefix: string): Promise<Published> {
  const keys = new FleetKeys(prefix);
  const { entries } = await etcd.range({ prefix });
  const hosts = new Map<string, HostRecord>();
  const presences = new Map<string, PresenceRecord>();
  const leases = new Map<string, LeaseRecord>();
  for (const { key, value } of entries) {
    const parsed = keys.parse(key);
    if (parsed.kind === "host") hosts.set(parsed.hostId, understood(readHost(value)));
    if (parsed.kind === "presence") presences.set(parsed.hostId, understood(readPresence(value)));
    if (parsed.kind === "lease") leases.set(parsed.leaseId, understood(readLease(value)));
    if (parsed.kind === "unreadable") throw new Error(`${key}: ${parsed.why}`);
  }
  return { hosts, presences, leases, entries };
}

/** Waits until what is published is so. */
export function publishedEventually(
  etcd: Etcd,
  prefix: string,
  what: string,
  holds: (published: Published) => boolean,
): Promise<Published> {
  return eventually(what, async () => {
    const published = await readPublished(etcd, prefix);
    return holds(published) ? published : null;
  });
}

/** The revisions at which leases were written last. */
export function leaseRevisions({ entries }: Published): ReadonlyMap<string, bigint> {
  const leases = entries.filter(({ key }) => key.includes("/leases/"));
  return new Map(leases.map(({ key, modRevision }) => [key, modRevision]));
}

function understood<Record>(result: ReadResult<Record>): Record {
  if ("record" in result) return result.record;
  throw new Error(result.why);
}
