// The rules for Prometheus and their tests, as they are shipped.

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
export const rulesFile = join(rulesFolder, "portlease.rules.yml");
export const rulesTestFile = join(rulesFolder, "portlease.rules.test.yml");

export function readRules(): readonly Rule[] {
  const { groups } = parse(readFileSync(rulesFile, "utf8")) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}
