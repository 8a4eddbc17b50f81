// The supported Node versions other than the one that runs the tests, as scripts/setup-ci installs them.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

export interface OtherNode {
  readonly major: string;
  /** Of its program; `null` when it is not installed. */
  readonly path: string | null;
  /** Why it is not there, for people. */
  readonly missing: string;
}

const toolsDirectory = join(repositoryRoot, ".build", "tools");
const majors = ["22", "24"] as const;

export function otherNodes(): readonly OtherNode[] {
  return majors.map((major) => ({
    major,
    path: findNode(major),
    missing: `there is no Node ${major} in .build/tools; run scripts/setup-ci`,
  }));
}

function findNode(major: string): string | null {
  if (!existsSync(toolsDirectory)) return null;
  const folder = readdirSync(toolsDirectory).find((name) => name.startsWith(`node-${major}.`));
  const path = join(toolsDirectory, folder ?? "", "bin", "node");
  return folder !== undefined && existsSync(path) ? path : null;
}
