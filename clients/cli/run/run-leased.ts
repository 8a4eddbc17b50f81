// What `portlease run` does: leases ports for a program, hands them over, and keeps the leases as long as it runs. How programs
// are started on this platform is the launcher's business, and how ports get to them the handover's.

import type { ChildProcess } from "node:child_process";
import { LeaseClient } from "@portlease/client";
import { usageFailure } from "../cli-failure.js";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import type { Output } from "../output.js";
import { withProgress } from "../terminal/progress.js";
import { childEnvironment } from "./child-environment.js";
import { cannotStart } from "./child-exit.js";
import type { ChildLauncher } from "./child-launcher.js";
import { chooseHandover } from "./choose-handover.js";
import { forwardSignals, type SignalForwarding } from "./forward-signals.js";
import type { Handover } from "./handover.js";
import { acquireAll, type HeldLeases } from "./held-leases.js";
import { leasesWanted, portsWanted, type LeaseWish } from "./leases-wanted.js";
import { LossWatch } from "./loss-watch.js";
import { runClientOptions } from "./run-client.js";
import type { RunOptions, RunProgram } from "./run-options.js";
import { signalNumber } from "./signal-number.js";
import { supervise } from "./supervise.js";
import { fillSocketPath, requireSocketPath } from "./proxy/private-socket.js";
import { proxyWay } from "./proxy/proxy-handover.js";
import { proxyOptionsOf, type ProxyOptions } from "./proxy/proxy-options.js";
import { fillTemplate } from "./templates.js";

/** Resolves with the exit code. Rejects with what kept the program from being started. */
export async function runLeased(
  program: RunProgram,
  options: RunOptions,
  launcher: ChildLauncher,
  output: Output,
): Promise<number> {
  const file = launcher.find(program.name);
  const wishes = leasesWanted(options, options.service ?? launcher.nameOf(program.name));
  const proxy = proxyOptionsOf(options, wishes);
  checkBeforeLeasing(program, options, wishes, proxy);
  const client = new LeaseClient(runClientOptions(options, output));
  const signals = forwardSignals(launcher.signals);
  const run = new LeasedRun({ ...program, file }, options, launcher, output, {
    brokerAddress: () => client.address,
    signals,
    proxy,
  });
  try {
    for (;;) {
      const leases = await withProgress("leases from the broker", () =>
        acquireAll(client, wishes, signals.none),
      );
      const exitCode = await run.onLeases(leases);
      if (exitCode !== "lost") return exitCode;
      if (options.onLost === "exit") return exitCodes.runFailed;
    }
  } catch (error) {
    if (signals.early === null) throw error;
    return exitCodeSignalBase + signalNumber(signals.early);
  } finally {
    await client.close();
    signals.stop();
  }
}

/** Throws CliFailure for what is wrong whatever is leased. */
function checkBeforeLeasing(
  { args }: RunProgram,
  options: RunOptions,
  wishes: readonly LeaseWish[],
  proxy: ProxyOptions | null,
): void {
  if (options.bind !== undefined && options.handover === "port") {
    throw usageFailure(
      "--bind has no meaning with --handover port: the program binds its port by itself",
    );
  }
  const ports = portsWanted(wishes);
  const texts = [...args, ...(options.env ?? []).map((asked) => asked.template)];
  for (const text of texts) fillTemplate(text, ports);
  if (proxy !== null) requireSocketPath(texts, proxy.to);
}

interface RunSurroundings {
  /** Of this moment. */
  readonly brokerAddress: () => string;
  readonly signals: SignalForwarding;
  /** `null`: the program gets the ports themselves. */
  readonly proxy: ProxyOptions | null;
}

/** One program, and the sets of leases that it has one after the other. */
class LeasedRun {
  readonly #program: RunProgram & { readonly file: string };
  readonly #options: RunOptions;
  readonly #launcher: ChildLauncher;
  readonly #output: Output;
  readonly #surroundings: RunSurroundings;

  constructor(
    program: RunProgram & { readonly file: string },
    options: RunOptions,
    launcher: ChildLauncher,
    output: Output,
    surroundings: RunSurroundings,
  ) {
    this.#program = program;
    this.#options = options;
    this.#launcher = launcher;
    this.#output = output;
    this.#surroundings = surroundings;
  }

  /** Resolves with the program's exit code, or "lost"; the leases are given back then. */
  async onLeases(held: HeldLeases): Promise<number | "lost"> {
    const { restart, onLost } = this.#options;
    const note = (text: string): void => this.#output.note(text);
    // First of all: a lease may be lost while its sockets are opened.
    const loss = new LossWatch(held.leases, onLost, note);
    try {
      const handover = await this.#open(held).catch((error: unknown) => {
        if (loss.isLost) return null;
        throw error;
      });
      if (handover === null) return "lost";
      try {
        const end = await supervise({
          start: () => this.#start(held, handover),
          signalled: (child, signal) => {
            const pass = (): void => void child.kill(signal);
            if (handover.signalled === undefined) pass();
            else handover.signalled(signal, pass);
          },
          keepsPorts: handover.keepsPorts,
          ended: () => handover.ended(),
          restart,
          loss,
          signals: this.#surroundings.signals,
          note,
        });
        return end === "lost" ? "lost" : end.exitCode;
      } finally {
        await handover.close();
      }
    } finally {
      await held.release();
    }
  }

  #open({ ports }: HeldLeases): Promise<Handover> {
    const { handover, bind, restart } = this.#options;
    const { proxy } = this.#surroundings;
    const way = proxy === null ? chooseHandover(handover, this.#launcher, ports) : proxyWay(proxy);
    if (bind !== undefined && !way.binds) {
      throw usageFailure(
        "--bind has no meaning here: the program binds its port by itself; leave it out, or add --handover sockets",
      );
    }
    return way.open(ports, {
      address: bind ?? null,
      restarts: restart !== "no",
      note: (text) => this.#output.note(text),
    });
  }

  async #start(held: HeldLeases, handover: Handover): Promise<ChildProcess> {
    const { name, file, args } = this.#program;
    const start = await handover.prepare();
    const { environment: added, descriptors, programPorts: numbers, socketPath } = start;
    const withSocket = (text: string): string => fillSocketPath(text, socketPath);
    const { brokerAddress, signals } = this.#surroundings;
    const programPorts = held.ports.map((leased, index) => ({
      name: leased.name,
      port: numbers[index] ?? leased.port,
    }));
    const environment = childEnvironment(process.env, {
      leases: held.told,
      leasedPorts: held.ports,
      programPorts,
      brokerAddress: brokerAddress(),
      asked: (this.#options.env ?? []).map(({ name: variable, template }) => ({
        name: variable,
        template: withSocket(template),
      })),
      hasCaselessNames: process.platform === "win32",
      added,
    });
    const filled = args.map((text) => fillTemplate(withSocket(text), programPorts));
    signals.none.throwIfAborted();
    const ports = held.ports.map(({ port }) => port).join(", ");
    const leaseIds = held.told.map(({ leaseId }) => leaseId).join(", ");
    this.#output.note(`${name} gets port ${ports} (lease ${leaseIds})`);
    const child = this.#spawn(file, filled, environment, descriptors);
    // Without an id it could not be started, and says so in a moment.
    if (child.pid !== undefined) handover.started(child.pid);
    return child;
  }

  /** Some reasons not to start a program are thrown, and others told by the child. */
  #spawn(...start: Parameters<ChildLauncher["start"]>): ChildProcess {
    try {
      return this.#launcher.start(...start);
    } catch (error) {
      throw cannotStart(error);
    }
  }
}
