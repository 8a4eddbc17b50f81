// A broker, and `portlease run` beside it: what its tests need and must give back.

import { once } from "node:events";
import type { PoolConfig } from "#server/config/config.js";
import {
  finished,
  runCli,
  startCli,
  type CliProcess,
  type CliResult,
} from "../../../support/cli.js";
import { startTestBroker, type TestBroker } from "../../../support/running-broker.js";

export interface ShownLease {
  readonly leaseId: string;
  readonly port: number;
  readonly holder: { readonly service: string; readonly instance: string };
}

export class RunLab {
  readonly broker: TestBroker;
  readonly #started: CliProcess[] = [];

  private constructor(broker: TestBroker) {
    this.broker = broker;
  }

  static async open(pool: Partial<PoolConfig> = {}): Promise<RunLab> {
    return new RunLab(await startTestBroker(pool));
  }

  /** Starts `portlease run` and leaves it running. */
  start(...args: readonly string[]): CliProcess {
    const child = startCli(["run", ...args], {
      environment: { PORTLEASE_ADDRESS: this.broker.address },
    });
    this.#started.push(child);
    return child;
  }

  /** Runs it to its end. */
  run(...args: readonly string[]): Promise<CliResult> {
    return finished(this.start(...args));
  }

  async leases(): Promise<readonly ShownLease[]> {
    const { stdout } = await runCli(["ls", "--json", "--address", this.broker.address]);
    return (JSON.parse(stdout) as { readonly leases: readonly ShownLease[] }).leases;
  }

  /** Ends what a failed test left: the signal is passed on, so that no program stays behind. */
  async close(): Promise<void> {
    const left = this.#started.filter(
      (child) => child.exitCode === null && child.signalCode === null,
    );
    await Promise.all(left.map((child) => (child.kill("SIGTERM"), once(child, "close"))));
    await this.broker.dispose();
  }
}

/** A program of Node as the last words of the command line. */
export function node(program: string): readonly string[] {
  return ["--", process.execPath, "-e", program];
}
