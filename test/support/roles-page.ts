// The table of docs/security.md that says which roles may call which method: what tests of access hold the servers to.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "#server/access/caller.js";
import { repositoryRoot } from "./repository.js";

export interface MethodRow {
  /** As on the wire, such as "/portlease.v1.LeaseService/GetLease". */
  readonly path: string;
  /** Any one of them is enough. */
  readonly roles: readonly Role[];
}

/** `services`: those of the broker unless told otherwise. */
export function documentedMethods(
  services: readonly string[] = ["LeaseService", "AdminService"],
): readonly MethodRow[] {
  const page = readFileSync(join(repositoryRoot, "docs", "security.md"), "utf8");
  const rows = page.matchAll(/^\| `(\w+Service)\/(\w+)` +\| ([a-z, ]+?) +\|$/gm);
  return [...rows]
    .filter(([, service = ""]) => services.includes(service))
    .map(([, service = "", method = "", roles = ""]) => ({
      path: `/portlease.v1.${service}/${method}`,
      roles: roles.split(", ") as Role[],
    }));
}
