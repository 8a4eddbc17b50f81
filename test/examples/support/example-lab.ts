// A broker, and the examples beside it: started by the commands of their READMEs, as their readers do it.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { App } from "../../clients/ts/support/register-lab.js";
import { BrokerLab } from "../../support/broker-lab.js";
import type { BrokerProcess } from "../../support/broker-process.js";
import { cliEnvironment, cliPath } from "../../support/cli.js";
import type { LeaseCaller } from "../../support/lease-caller.js";
import { recordOutput } from "../../support/test-output.js";
import { examplesFolder } from "./example-readme.js";

export class ExampleLab {
  readonly #lab: BrokerLab;
  readonly #broker: BrokerProcess;
  readonly #caller: LeaseCaller;
  readonly #programs: string;
  readonly #apps: App[] = [];

  private constructor(lab: BrokerLab, broker: BrokerProcess) {
    this.#lab = lab;
    this.#broker = broker;
    this.#caller = lab.caller(broker);
    this.#programs = lab.newDirectory();
    const portlease = join(this.#programs, "portlease");
    writeFileSync(portlease, `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`);
    chmodSync(portlease, 0o755);
  }

  /** `configuration`: that of the broker; without one it has a pool of eight ports. */
  static async open(configuration = ""): Promise<ExampleLab> {
    const lab = await BrokerLab.open();
    const options = configuration === "" ? {} : { config: configuration, poolSize: 0 };
    try {
      return new ExampleLab(lab, await lab.start(options));
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  get brokerAddress(): string {
    return this.#broker.address;
  }

  /**
   * Starts a command in the example's folder, or in a copy of it. `npm start` and its like are replaced by the script that they
   * name, because npm would stand between the test and the program.
   */
  start(example: string, command: string, folder = join(examplesFolder, example)): App {
    const child = this.#spawn(scriptOf(command, folder), folder);
    recordOutput(child, `example-${example}`);
    const app = new App(child);
    this.#apps.push(app);
    return app;
  }

  /** The ports of all live leases, in ascending order. */
  async leasedPorts(): Promise<readonly number[]> {
    const leases = await this.#caller.list();
    return leases
      .flatMap(({ port, portCount }) =>
        Array.from({ length: portCount }, (_, index) => port + index),
      )
      .toSorted((one, other) => one - other);
  }

  /** Ends what a failed test left running, all of a process group: an example may have started others. */
  async endAll(): Promise<void> {
    await Promise.all(
      this.#apps.splice(0).map((app) => {
        killGroup(app.child);
        return app.ended();
      }),
    );
  }

  async close(): Promise<void> {
    await this.endAll();
    await this.#lab.close();
  }

  #spawn(command: string, folder: string): ChildProcessWithoutNullStreams {
    // As under npm, what was installed for the example comes first.
    const installed = join(folder, "node_modules", ".bin");
    const path = [installed, this.#programs, dirname(process.execPath), process.env["PATH"]];
    const added = {
      PORTLEASE_ADDRESS: this.#broker.address,
      PATH: path.join(":"),
      HOME: this.#programs,
      // Jest keeps there how long tests took, and runs those that were quick one after the other:
      // https://github.com/jestjs/jest/blob/main/packages/jest-core/src/testSchedulerHelper.ts
      TMPDIR: this.#programs,
    };
    return spawn("sh", ["-c", `exec ${command}`], {
      cwd: folder,
      env: cliEnvironment(added),
      // A process group of its own.
      detached: true,
    });
  }
}

/** https://man7.org/linux/man-pages/man2/kill.2.html */
function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody of the group is left.
  }
}

function scriptOf(command: string, folder: string): string {
  const [, name] = /^npm (?:run )?([\w:]+)$/.exec(command) ?? [];
  if (name === undefined) return command;
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const script = scripts[name];
  if (script === undefined) throw new Error(`${folder}/package.json has no script ${name}`);
  return script;
}
