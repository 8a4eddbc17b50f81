// What `portlease run` does: leases ports for a program, starts it with them, and keeps the lease as long as it runs. How programs
// are started on this platform is the launcher's business.

import type { ChildProcess } from "node:child_process";
import {
  LeaseClient,
  type AcquireOptions,
  type Lease,
  type LeaseClientOptions,
  type LeaseLost,
} from "@portlease/client";
import { openLesseeSockets, type LesseeSockets } from "@portlease/native";
import { accessOptionsOf } from "../access-options.js";
import { addressOf, type ConnectionOptions } from "../broker-options.js";
import { childEnvironment } from "./child-environment.js";
import { exitCodeOf } from "./child-exit.js";
import type { ChildLauncher } from "./child-launcher.js";
import { usageFailure, withoutWord } from "../cli-failure.js";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import { forwardSignals } from "./forward-signals.js";
import type { Output } from "../output.js";
import { signalNumber } from "./signal-number.js";

/** The program as it was named on the command line. */
export interface RunProgram {
  readonly name: string;
  readonly args: readonly string[];
}

export interface RunOptions extends ConnectionOptions {
  readonly service?: string;
  readonly instance?: string;
  readonly pool?: string;
  readonly count: number;
  readonly port?: number;
  readonly must?: boolean;
  readonly ttl?: number;
  readonly bindWithin?: number;
  readonly maxWait?: number;
  readonly bind?: string;
  readonly env?: readonly string[];
  readonly onLost: "exit" | "ignore";
  readonly waitBroker: number;
}

/** Even "do not wait" leaves the broker this long to answer. */
const waitBrokerMsMin = 1_000;

/** How long a program that is to end because its lease is lost may take over it. */
const terminateMsMax = 10_000;

/** Resolves with the exit code. Rejects with what kept the program from being started. */
export async function runLeased(
  { name, args }: RunProgram,
  options: RunOptions,
  launcher: ChildLauncher,
  output: Output,
): Promise<number> {
  const file = launcher.find(name);
  if (options.bind !== undefined && !launcher.passesSockets) {
    throw usageFailure("--bind has no meaning here: the program binds its port by itself");
  }
  const address = addressOf(options);
  const abort = new AbortController();
  let early: NodeJS.Signals | null = null;
  const signals = forwardSignals(launcher.signals, (signal) => {
    early ??= signal;
    abort.abort();
  });
  const client = new LeaseClient(clientOptions(address, options, launcher, output));
  try {
    const lease = await client.acquire({
      ...leaseOptions(options),
      service: options.service ?? launcher.nameOf(name),
      signal: abort.signal,
    });
    const sockets = await launcher.open(lease, options.bind ?? null);
    const { leaseId, port, ports, generation } = lease;
    const leased = { leaseId, port, portCount: ports.length, generation, brokerAddress: address };
    const passed = { names: options.env ?? [], socketCount: sockets.length };
    const environment = childEnvironment(process.env, leased, passed);
    abort.signal.throwIfAborted();
    output.note(`${name} gets port ${ports.join(", ")} (lease ${leaseId})`);
    const child = launcher.start(file, args, environment, sockets);
    signals.to((signal) => child.kill(signal));
    // From here on the program alone has the sockets.
    for (const socket of sockets) socket.close();
    const loss = watchLoss(lease, child, options, output);
    const exitCode = await exitCodeOf(child);
    return loss.endedChild() ? exitCodes.runFailed : exitCode;
  } catch (error) {
    if (early === null) throw error;
    return exitCodeSignalBase + signalNumber(early);
  } finally {
    await client.close();
    signals.stop();
  }
}

function leaseOptions(options: RunOptions): AcquireOptions {
  return {
    portCount: options.count,
    preferredPortMode: options.must === true ? "must" : "prefer",
    ...(options.instance === undefined ? {} : { instance: options.instance }),
    ...(options.pool === undefined ? {} : { pool: options.pool }),
    ...(options.port === undefined ? {} : { preferredPort: options.port }),
    ...(options.ttl === undefined ? {} : { ttlMs: options.ttl }),
    ...(options.bindWithin === undefined ? {} : { bindWithinMs: options.bindWithin }),
    ...(options.maxWait === undefined ? {} : { maxWaitMs: options.maxWait }),
  };
}

/** What the client has to say goes to stderr; that the broker is away is said once. */
function clientOptions(
  address: string,
  options: RunOptions,
  launcher: ChildLauncher,
  output: Output,
): LeaseClientOptions {
  let waiting = false;
  // First of all: on a platform without them nothing needs to be leased.
  const sockets = launcher.passesSockets ? { sockets: lesseeSockets() } : {};
  return {
    ...sockets,
    ...accessOptionsOf(options),
    address,
    acquireTimeoutMs: Math.max(options.waitBroker, waitBrokerMsMin),
    // The program decides when to end; the lease ends after it.
    releaseOnSignals: false,
    log: (level, message, fields) => {
      const details = Object.entries(fields).map(([key, value]) => `${key} ${value}`);
      const text = details.length === 0 ? message : `${message} (${details.join(", ")})`;
      if (level === "warn") output.note(text);
      else if (level === "info" && !waiting && fields["retryInMs"] !== undefined) {
        waiting = true;
        output.note(`waiting for the broker: ${withoutWord(String(fields["message"] ?? address))}`);
      }
    },
  };
}

function watchLoss(
  lease: Lease,
  child: ChildProcess,
  { onLost }: RunOptions,
  output: Output,
): { readonly endedChild: () => boolean } {
  let ended = false;
  lease.once("lost", ({ message }: LeaseLost) => {
    const running = child.exitCode === null && child.signalCode === null;
    if (!running) return;
    if (onLost === "ignore") {
      output.note(
        `LEASE LOST: ${message}; the program goes on with port ${lease.port} (--on-lost ignore), ` +
          "but nothing keeps the port for it once it stops listening",
      );
      return;
    }
    output.note(`LEASE LOST: ${message}; ending the program (--on-lost exit)`);
    ended = true;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), terminateMsMax);
    child.once("exit", () => clearTimeout(timer));
  });
  return { endedChild: () => ended };
}

function lesseeSockets(): () => LesseeSockets {
  const opened = openLesseeSockets();
  return () => opened;
}
