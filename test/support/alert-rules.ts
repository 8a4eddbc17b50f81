// The rules for Prometheus and their tests, as they are shipped: those for brokers, and those for fleets.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "./repository.js";

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export const rulesFolder = join(repositoryRoot, "deploy", "prometheus");
/** Names in the folder. */
export const rulesFiles = ["portlease.rules.yml", "portlease-fleet.rules.yml"] as const;
export const rulesTestFiles = [
  "portlease.rules.test.yml",
  "portlease-fleet.rules.test.yml",
] as const;

export interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

export function readRuleFile(name: (typeof rulesFiles)[number]): RuleFile {
  return parse(readFileSync(join(rulesFolder, name), "utf8")) as RuleFile;
}

/** Of all files. */
export function readRules(): readonly Rule[] {
  return rulesFiles.flatMap((name) => readRuleFile(name).groups.flatMap(({ rules }) => rules));
}
