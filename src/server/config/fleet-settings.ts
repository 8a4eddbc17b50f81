// The settings of the fleet: their form, their defaults, and what does not fit together.

import * as z from "zod";
import { isHostId } from "../../fleet/records/fleet-keys.js";
import {
  hostIdLengthMax,
  labelKeyLengthMax,
  labelsMax,
  labelValueLengthMax,
} from "../../fleet/records/record-limits.js";
import type { FleetConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { conflict } from "./conflict.js";
import {
  type EtcdAccess,
  etcdAccessShape,
  etcdConflicts,
  etcdUrlSchema,
  resolveEtcdCredentials,
} from "./etcd-access.js";
import type { ResolvedConfig } from "./resolve-config.js";
import type { Choose } from "./choose.js";
import { duration, must, text } from "./schema-values.js";

/** etcd grants no shorter leases than some of its election timeout, and a host that is gone is to be seen within minutes. */
const presenceTtlLowestMs = 2_000;
const presenceTtlHighestMs = 300_000;
/** An election of etcd, or a broker that stalls, does not end a presence. */
const presenceTtlDefaultMs = 15_000;

const hostIdForm = `1 to ${hostIdLengthMax} letters, digits, dots, dashes and underscores`;
const hostId = z.string(must(hostIdForm)).refine(isHostId, must(hostIdForm));
const address = text(
  "the name or IP address of this host, without a port",
  /^(?:[\w.-]{1,253}|(?:[\da-fA-F]{0,4}:){2,7}[\da-fA-F.]{0,15})$/,
);
const labels = z
  .record(
    text(
      `a key of 1 to ${labelKeyLengthMax} characters`,
      new RegExp(`^[^\\0]{1,${labelKeyLengthMax}}$`),
    ),
    text(
      `a text of at most ${labelValueLengthMax} characters`,
      new RegExp(`^[^\\0]{0,${labelValueLengthMax}}$`),
    ),
    must("a group of labels, such as rack: a7"),
  )
  .refine(
    (all) => Object.keys(all).length <= labelsMax,
    must(`a group of at most ${labelsMax} labels`),
  );

export const fleetSchema = z.strictObject(
  {
    etcd: etcdUrlSchema.optional(),
    hostId: hostId.optional(),
    address: address.optional(),
    labels: labels.optional(),
    presenceTtl: duration(presenceTtlLowestMs, presenceTtlHighestMs, "2s to 5m").optional(),
    ...etcdAccessShape,
  },
  must("a group of keys, such as etcd and labels"),
);

/** The part of a layer that it is about. */
interface FleetSettings {
  readonly fleet?: z.infer<typeof fleetSchema> | undefined;
}

/** `null` when nothing of it is given; an empty `etcd` stands for one that is missing. */
export function resolveFleet(choose: Choose<FleetSettings>, hostName: string): FleetConfig | null {
  const given = {
    etcd: choose("fleet.etcd", ({ fleet }) => fleet?.etcd),
    hostId: choose("fleet.hostId", ({ fleet }) => fleet?.hostId),
    address: choose("fleet.address", ({ fleet }) => fleet?.address),
    labels: choose("fleet.labels", ({ fleet }) => fleet?.labels),
    presenceTtlMs: choose("fleet.presenceTtl", ({ fleet }) => fleet?.presenceTtl),
  };
  const credentials = resolveEtcdCredentials(choose, "fleet", ({ fleet }) => fleet);
  const all = [...Object.values(given), ...Object.values(credentials)];
  if (all.every((value) => (value ?? null) === null)) return null;
  return {
    etcd: given.etcd ?? "",
    hostId: given.hostId ?? hostName.toLowerCase(),
    address: given.address ?? hostName,
    labels: given.labels ?? {},
    presenceTtlMs: given.presenceTtlMs ?? presenceTtlDefaultMs,
    ...credentials,
  };
}

/** Before paths are made absolute. */
export function fleetConflicts({ config, sources }: ResolvedConfig): readonly ConfigProblem[] {
  const { fleet } = config;
  if (fleet === null) return [];
  const at = (key: keyof typeof fleetSchema.shape, message: string): ConfigProblem =>
    conflict(sources, `fleet.${key}`, message);
  if (fleet.etcd === "") {
    const key = givenKey(sources);
    const message = `fleet.${key} is given, but not fleet.etcd: where the fleet's etcd is; give it (--fleet etcd://host), or nothing of fleet`;
    return [at(key, message)];
  }
  const problems: ConfigProblem[] = [];
  if (!isHostId(fleet.hostId)) {
    const message = `the name of this host is "${fleet.hostId}", and ids of hosts are ${hostIdForm}; give fleet.hostId`;
    problems.push(at("hostId", message));
  }
  if (fleet.address === "") {
    problems.push(at("address", "this host has no name; give fleet.address"));
  }
  const access = { ...fleet, url: fleet.etcd };
  const pathOf = (key: keyof EtcdAccess): string => `fleet.${key === "url" ? "etcd" : key}`;
  return [...problems, ...etcdConflicts(access, sources, pathOf)];
}

function givenKey(sources: ResolvedConfig["sources"]): keyof typeof fleetSchema.shape {
  const keys = Object.keys(fleetSchema.shape) as (keyof typeof fleetSchema.shape)[];
  const isGiven = (key: string): boolean => sources.get(`fleet.${key}`)?.kind !== "default";
  return keys.find((key) => key !== "etcd" && isGiven(key)) ?? "hostId";
}
