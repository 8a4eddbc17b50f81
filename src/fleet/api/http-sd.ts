// What Prometheus asks for to find what it scrapes: the leased ports of services, as its HTTP service discovery wants them.
// https://prometheus.io/docs/prometheus/latest/http_sd/ How it comes over HTTP is for others.

import { formatHostPort } from "../../server/config/listen-address.js";
import type { BrokerError } from "../../server/domain/errors.js";
import { fieldInvalid } from "../../server/domain/refusals.js";
import type { Slices } from "../../server/domain/slices.js";
import type { FleetLease } from "../view/fleet-entities.js";
import type { FleetReader } from "../view/fleet-reader.js";
import { addressOf, coversProtocol, hasLabels, isStale } from "./service-endpoints.js";

export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What Prometheus is told is everything that there is, so a longer list is refused and not cut: it keeps what it knew then. So many
 * are some 10 MB, and more than one Prometheus scrapes.
 */
export const targetsMax = 20_000;
/** Names and values of labels, in UTF-16 units: with the longest labels that holders may choose, so many targets would be half a GB. */
export const labelUnitsMax = 24 * 1024 * 1024;
const labelsMax = 64;
const metaPrefix = "__meta_portlease_";

interface Wish {
  /** `null`: every one that has a name. */
  readonly service: string | null;
  readonly protocol: "tcp" | "udp" | null;
  readonly stale: boolean;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * One group for each lease, by host id and lease id, read in slices. Parameters: `service`, `protocol` (tcp or udp), `stale` (true or false) and
 * `label.KEY`. Throws BrokerError field_invalid for others, and when more than {@link targetsMax} leases fit, or their labels are longer
 * than {@link labelUnitsMax}.
 */
export async function httpSdTargets(
  view: FleetReader,
  query: URLSearchParams,
  slices: Slices,
): Promise<readonly TargetGroup[]> {
  const wish = wishOf(query);
  const groups: TargetGroup[] = [];
  const names = new MetaNames();
  let labelUnits = 0;
  const leases = wish.service === null ? view.leases() : view.leasesOfService(wish.service);
  await slices.visit(leases, (lease) => {
    if (!fits(lease, wish)) return;
    if (groups.length === targetsMax) throw tooMuch(`more than ${targetsMax} leases`);
    const group = groupOf(lease, names);
    labelUnits += unitsOf(group.labels);
    if (labelUnits > labelUnitsMax) {
      throw tooMuch(`leases whose labels have more than ${labelUnitsMax} characters together`);
    }
    groups.push(group);
  });
  return groups;
}

function tooMuch(what: string): BrokerError {
  return fieldInvalid(
    "service",
    `and the other parameters fit ${what}; ask for fewer, such as those of one service`,
  );
}

function unitsOf(labels: TargetGroup["labels"]): number {
  let units = 0;
  for (const name of Object.keys(labels)) units += name.length + (labels[name]?.length ?? 0);
  return units;
}

function wishOf(query: URLSearchParams): Wish {
  const labels = new Map<string, string>();
  const given = new Map<string, string>();
  for (const [name, value] of query) {
    const key = name.startsWith("label.") ? name.slice("label.".length) : null;
    const values = key === null ? given : labels;
    if (key === "") throw fieldInvalid(name, "has no key; write label.KEY=VALUE");
    if (values.has(key ?? name)) throw fieldInvalid(name, "is given twice");
    values.set(key ?? name, value);
  }
  if (labels.size > labelsMax) {
    throw fieldInvalid("label", `is given ${labels.size} times, at most ${labelsMax} are allowed`);
  }
  const take = (name: string): string | null => {
    const value = given.get(name) ?? null;
    // Somebody's variable was empty: everything is not what they mean.
    if (value === "") throw fieldInvalid(name, "is empty; leave it out, or say which");
    given.delete(name);
    return value;
  };
  const wish = {
    service: take("service"),
    protocol: oneOf("protocol", take("protocol"), ["tcp", "udp"]),
    stale: oneOf("stale", take("stale"), ["true", "false"]) === "true",
    labels,
  };
  for (const name of given.keys()) {
    throw fieldInvalid(
      "query",
      `has the parameter ${JSON.stringify(name.slice(0, 40))}; there are service, protocol, stale and label.KEY`,
    );
  }
  return wish;
}

function oneOf<Word extends string>(
  name: string,
  value: string | null,
  words: readonly Word[],
): Word | null {
  if (value === null) return null;
  const word = words.find((each) => each === value);
  if (word !== undefined) return word;
  throw fieldInvalid(
    name,
    `is ${JSON.stringify(value.slice(0, 40))}; it must be ${words.join(" or ")}`,
  );
}

function fits(lease: FleetLease, { protocol, stale, labels }: Wish): boolean {
  const { record } = lease;
  return (
    record.service !== "" &&
    (stale || !isStale(lease)) &&
    (protocol === null || coversProtocol(record, protocol)) &&
    hasLabels(record, labels)
  );
}

/** Every label is there for every lease, but those that holders and hosts make up. */
function groupOf(lease: FleetLease, names: MetaNames): TargetGroup {
  const { host, leaseId, record } = lease;
  const labels: Record<string, string> = {
    [`${metaPrefix}host_id`]: host.hostId,
    [`${metaPrefix}host_name`]: host.record?.hostName ?? "",
    [`${metaPrefix}service`]: record.service,
    [`${metaPrefix}instance`]: record.instance,
    [`${metaPrefix}pool`]: record.pool,
    [`${metaPrefix}protocol`]: record.protocol,
    [`${metaPrefix}port_count`]: String(record.portCount),
    [`${metaPrefix}lease_id`]: leaseId,
    [`${metaPrefix}state`]: isStale(lease) ? "stale" : "active",
  };
  names.add(labels, "label_", record.labels);
  names.add(labels, "host_label_", host.record?.labels ?? {});
  return { targets: [formatHostPort(addressOf(host), record.port)], labels };
}

/** What labels are called there. The same few come again and again. */
class MetaNames {
  readonly #known = new Map<string, string>();

  /** Where two keys come out as one, the first of them in their order counts. */
  add(made: Record<string, string>, kind: string, labels: Readonly<Record<string, string>>): void {
    for (const key of Object.keys(labels).toSorted()) {
      made[this.#nameOf(`${kind}${key}`)] ??= labels[key] ?? "";
    }
  }

  /** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
  #nameOf(key: string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `${metaPrefix}${key.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
    this.#known.set(key, name);
    return name;
  }
}
