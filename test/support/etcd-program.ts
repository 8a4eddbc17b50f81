// Where etcd is, and suites that need it: without it they are pending and say what installs it, but fail in CI. On Windows they do
// not exist: what they test is no different there.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryRoot } from "./repository.js";

export interface EtcdPrograms {
  readonly etcd: string;
  readonly etcdctl: string;
}

const install = "scripts/setup-ci, or apt-get install etcd-server etcd-client";

/** Those of scripts/setup-ci, else those on PATH; `null` where there are none. */
export function findEtcd(): EtcdPrograms | null {
  const [etcd, etcdctl] = [find("etcd"), find("etcdctl")];
  return etcd === null || etcdctl === null ? null : { etcd, etcdctl };
}

/** Like `describe`. For whatever starts an etcd (etcd.ts), be it in hooks or in tests. */
export function describeWithEtcd(title: string, suite: (this: Mocha.Suite) => void): void {
  if (process.platform === "win32") return;
  if (findEtcd() !== null) {
    describe(title, suite);
    return;
  }
  describe(title, () => {
    // What CI leaves out by mistake would never be missed.
    if (process.env["CI"] === undefined) {
      it.skip(`needs etcd: ${install}`);
    } else {
      it("has an etcd", () => {
        throw new Error(`there is no etcd here, and CI runs all tests; install it: ${install}`);
      });
    }
  });
}

function find(program: string): string | null {
  const path = process.env["PATH"] ?? "";
  const folders = [join(repositoryRoot, ".build", "tools", "bin"), ...path.split(delimiter)];
  const paths = folders.filter(Boolean).map((folder) => join(folder, program));
  return paths.find((each) => existsSync(each)) ?? null;
}
