// The programs that the benchmark starts and did not bring along: where they are, and what installs them.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "../../test/support/repository.js";

const tools = join(repositoryRoot, ".build", "tools");

interface Program {
  /** Relative to .build/tools. */
  readonly path: string;
  readonly install: string;
}

const programs = {
  "bench-load": {
    path: "bin/bench-load",
    install:
      "scripts/setup-ci, or (cd bench/load && go build -o ../../.build/tools/bin/bench-load .)",
  },
  etcd: { path: "bin/etcd", install: "scripts/setup-ci, or apt-get install etcd-server" },
  "redis-server": {
    path: "bin/redis-server",
    install: "scripts/setup-ci, or apt-get install redis-server",
  },
  "portserver.py": {
    path: "python/bin/portserver.py",
    install: "scripts/setup-ci, or pip install portpicker",
  },
} as const satisfies Readonly<Record<string, Program>>;

export type ProgramName = keyof typeof programs;

/** The one of scripts/setup-ci, else the one on PATH; `null` where there is none. */
export function findProgram(name: ProgramName): string | null {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const paths = [join(tools, programs[name].path), ...onPath.map((folder) => join(folder, name))];
  return paths.find((path) => existsSync(path)) ?? null;
}

/** "there is no etcd here: run ..." */
export function missingText(name: ProgramName): string {
  return `there is no ${name} here: run ${programs[name].install}`;
}

/** Throws what to run where there is none. */
export function requireProgram(name: ProgramName): string {
  const path = findProgram(name);
  if (path === null) throw new Error(missingText(name));
  return path;
}
