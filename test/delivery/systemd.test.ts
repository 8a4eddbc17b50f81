// The units of deploy/linux: each starts a program that is there with options that exist, restarts it for what a restart mends, and
// takes away what the program never needs. Where systemd is installed its own check reads it too.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { exitCodes } from "#cli/exit-codes.js";
import { processOutput } from "#cli/output.js";
import { buildProgram } from "#cli/program.js";
import { repositoryRoot } from "../support/repository.js";

interface Unit {
  readonly unit: string;
  /** Of the command line. */
  readonly command: string;
  /** Folders that systemd makes: kind, the option that names what is in it, and where it is. */
  readonly folders: readonly (readonly [kind: string, option: string, root: string])[];
}

const units: readonly Unit[] = [
  {
    unit: "deploy/linux/portlease.service",
    command: "serve",
    folders: [
      ["State", "--data-dir", "/var/lib"],
      ["Runtime", "--discovery-file", "/run"],
    ],
  },
  {
    unit: "deploy/linux/portlease-fleet.service",
    command: "fleet",
    folders: [
      ["State", "--data-dir", "/var/lib"],
      ["Configuration", "--config", "/etc"],
    ],
  },
];

/** Every line of the unit, by section and key; a key may come more than once. */
function settings(unit: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let section = "";
  for (const line of readFileSync(join(repositoryRoot, unit), "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const heading = /^\[(\w+)\]$/.exec(line);
    if (heading !== null) section = heading[1] ?? "";
    else {
      const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? assert.fail(line);
      const name = `${section}.${key}`;
      found.set(name, [...(found.get(name) ?? []), value]);
    }
  }
  return found;
}

for (const { unit, command, folders } of units) {
  describe(unit, () => {
    const all = settings(unit);
    const one = (name: string): string => {
      const values = all.get(name) ?? [];
      assert.equal(values.length, 1, name);
      return values[0] ?? "";
    };

    it("starts the program of the checkout, with options that it has", async () => {
      const [node, program = "", word, ...options] = one("Service.ExecStart").split(" ");
      assert.equal(node, "/usr/bin/node");
      assert.ok(existsSync(join(repositoryRoot, program.replace("/opt/portlease/", ""))), program);
      assert.equal(word, command);
      const { commands } = await buildProgram(processOutput, () => undefined);
      const known = commands.find((each) => each.name() === command);
      for (const option of options.filter((each) => each.startsWith("--"))) {
        assert.ok(
          known?.options.some(({ long }) => long === option),
          option,
        );
      }
    });

    it("keeps what it writes in the folders that systemd makes for it", () => {
      const start = one("Service.ExecStart");
      for (const [kind, option, root] of folders) {
        const folder = `${root}/${one(`Service.${kind}Directory`)}`;
        assert.ok(start.includes(`${option} ${folder}`), folder);
      }
      assert.equal(one("Service.StateDirectoryMode"), "0700");
    });

    it("is started again, but not with a configuration that is wrong", () => {
      assert.equal(one("Service.Restart"), "on-failure");
      assert.equal(one("Service.RestartPreventExitStatus"), String(exitCodes.usage));
    });

    it("takes away every right that the program can do without", () => {
      const exact = {
        CapabilityBoundingSet: "",
        AmbientCapabilities: "",
        NoNewPrivileges: "yes",
        ProtectSystem: "strict",
        ProtectHome: "yes",
        SystemCallFilter: "@system-service",
      };
      for (const [key, value] of Object.entries(exact))
        assert.equal(one(`Service.${key}`), value, key);
      assert.notEqual(one("Service.User"), "root");
      // The compiler of V8 could not write code.
      assert.equal(all.has("Service.MemoryDenyWriteExecute"), false);
    });

    const missing = spawnSync("systemd-analyze", ["--version"]).error !== undefined;
    if (missing) return;

    it("is accepted by systemd, and exposed little in its judgement", () => {
      const options = { cwd: repositoryRoot, encoding: "utf8" } as const;
      const judged = spawnSync(
        "systemd-analyze",
        ["security", "--offline=true", "--no-pager", "--threshold=25", unit],
        options,
      );
      assert.equal(judged.status, 0, judged.stdout + judged.stderr);
      const verified = spawnSync("systemd-analyze", ["verify", "--man=no", unit], options);
      // It also looks for the programs, which are not where they will be.
      const said = verified.stderr
        .split("\n")
        .filter((line) => !/is not executable|not found/.test(line));
      assert.deepEqual(
        said.filter((line) => line.includes(basename(unit))),
        [],
      );
    });
  });
}
