// What does not fit together in a fleet server's settings of where the fleet is: exactly one source, and no secret in clear text.

import type { SettingSources } from "../../server/config/choose.js";
import { type ConfigProblem, describeSource } from "../../server/config/config-error.js";
import { conflict } from "../../server/config/conflict.js";
import { etcdConflicts } from "../../server/config/etcd-access.js";
import { isLoopback, parseListenAddress } from "../../server/config/listen-address.js";
import type { BrokerAccess } from "./fleet-config.js";
import type { GivenFleetSources } from "./resolve-fleet-config.js";

const sourcePaths = ["etcd.url", "brokers.list", "brokers.file", "brokers.srv"] as const;

export function sourceConflicts(
  given: GivenFleetSources,
  sources: SettingSources,
): readonly ConfigProblem[] {
  const { etcd, list, file, srv, access } = given;
  const values = [etcd, list, file, srv];
  const paths = sourcePaths.filter((_, index) => values[index] !== null);
  const [first, ...others] = paths;
  if (first === undefined) return [noSource()];
  const place = (path: string): string => describeSource(sources.get(path) ?? { kind: "default" });
  if (others.length > 0) {
    const also = others.map((path) => `${path} (${place(path)})`).join(" and ");
    const message = `${first} is given, and so is ${also}: a fleet has one source; give one of them`;
    return [conflict(sources, first, message)];
  }
  if (etcd !== null) return etcdConflicts(etcd, sources, (key) => `etcd.${key}`);
  return accessProblems(access, list, sources);
}

function noSource(): ConfigProblem {
  const message =
    "nothing says where the fleet is: give --etcd with the etcd to which the brokers publish, or --broker for each broker " +
    "(--brokers-file, --brokers-srv)";
  return { code: "VALUES_CONFLICT", source: { kind: "default" }, path: "", message };
}

/** `addresses`: `null` where they are not known yet, so that they may be of other hosts. */
function accessProblems(
  { caFile, certFile, keyFile, tokenFile }: BrokerAccess,
  addresses: readonly string[] | null,
  sources: SettingSources,
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (key: string, message: string): void => {
    problems.push(conflict(sources, `brokers.${key}`, `brokers.${key} ${message}`));
  };
  if ((certFile === null) !== (keyFile === null)) {
    const [given, missing] = certFile === null ? ["keyFile", "certFile"] : ["certFile", "keyFile"];
    refuse(given, `is given without brokers.${missing}; give both, or neither`);
  }
  const tls = caFile !== null || certFile !== null;
  const far = addresses === null ? "another host" : addresses.find((address) => !isNear(address));
  if (tokenFile !== null && !tls && far !== undefined) {
    refuse(
      "tokenFile",
      `would be sent to ${far} in clear text; give brokers.caFile, system for the authorities that Node believes`,
    );
  }
  return problems;
}

function isNear(address: string): boolean {
  return address.startsWith("unix:") || isLoopback(parseListenAddress(address).host);
}
