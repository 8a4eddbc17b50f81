// portlease run: leases ports for any program, passes it the listening sockets, and keeps the lease as long as it runs.

import { basename } from "node:path";
import type { ChildProcess } from "node:child_process";
import { Option, type Command } from "commander";
import type { AcquireOptions, Lease, LeaseClientOptions, LeaseLost } from "@portlease/client";
import { addAddressOption, addressOf } from "../broker-options.js";
import { withoutWord } from "../cli-failure.js";
import { childEnvironment } from "../child-environment.js";
import { exitCodes, exitCodeSignalBase } from "../exit-codes.js";
import { findCommand } from "../find-command.js";
import { forwardSignals } from "../forward-signals.js";
import type { Output } from "../output.js";
import { listenOnLease } from "../passed-sockets.js";
import { signalNumber } from "../signal-number.js";
import { exitCodeOf, startChild } from "../start-child.js";
import {
  duration,
  portNumber,
  positiveDuration,
  variableName,
  wholeNumber,
} from "../value-parsers.js";
import type { SetExitCode } from "./serve.js";

interface RunOptions {
  readonly service?: string;
  readonly instance?: string;
  readonly pool?: string;
  readonly count: number;
  readonly port?: number;
  readonly must?: boolean;
  readonly ttl?: number;
  readonly maxWait?: number;
  readonly bind?: string;
  readonly env?: readonly string[];
  readonly onLost: "exit" | "ignore";
  readonly waitBroker: number;
  readonly address?: string;
}

/** Even "do not wait" leaves the broker this long to answer. */
const waitBrokerMsMin = 1_000;

/** How long a program that is to end because its lease is lost may take over it. */
const terminateMsMax = 10_000;

export function addRun(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("run")
    .description("lease ports for a program and pass it the listening sockets")
    .argument("<command>", "the program to start")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("--service <name>", "which service it is (default: the program's name)")
    .option("--instance <name>", "which instance of the service")
    .option("--pool <name>", "the pool (default: default)")
    .option("--count <n>", "how many consecutive ports", wholeNumber(1, 65_535), 1)
    .option("--port <n>", "the first port wanted", portNumber)
    .option("--must", "fail when --port cannot be had, instead of leasing another")
    .option("--ttl <time>", "time to live, such as 30s (default: the pool's)", positiveDuration)
    .option("--max-wait <time>", "wait in line this long while the pool is full", duration)
    .option("--bind <ip>", "the address to listen on (default: all)")
    .option("--env <name>", "one more variable for the port; may be repeated", variableName)
    .addOption(
      new Option("--on-lost <action>", "when the lease is lost: end the program, or only say so")
        .choices(["exit", "ignore"])
        .default("ignore"),
    )
    .addOption(
      new Option("--wait-broker <time>", "wait this long for a broker that is not up yet")
        .argParser(duration)
        .default(60_000, "60s"),
    );
  addAddressOption(command)
    .addHelpText("after", runHelp)
    .action(async (name: string, args: readonly string[], options: RunOptions) => {
      setExitCode(await run(name, args, options, output));
    });
}

const runHelp = `
The program takes its sockets from descriptor 3 on, one per port, listening already, as under systemd (LISTEN_FDS,
LISTEN_PID, LISTEN_FDNAMES). It also gets PORT, PORTLEASE_PORT, PORTLEASE_PORTS, PORTLEASE_LEASE_ID,
PORTLEASE_GENERATION and PORTLEASE_ADDRESS, but not the holder key. Signals are passed on to it.

A lease is lost when the broker cannot be reached in time or an operator takes it back. By default that is only said:
a port that somebody is bound to is never leased again. With "--on-lost exit" the program gets SIGTERM, and SIGKILL
10 s later.

Exits with the program's exit code, or 128 + n when signal n ended it; 127 when there is no such command, 126 when it
cannot be executed, 125 when portlease itself fails or "--on-lost exit" ended the program.`;

/** Resolves with the exit code. Rejects with what kept the program from being started. */
async function run(
  name: string,
  args: readonly string[],
  options: RunOptions,
  output: Output,
): Promise<number> {
  const file = findCommand(name, process.env["PATH"]);
  const address = addressOf(options);
  const abort = new AbortController();
  let early: NodeJS.Signals | null = null;
  const signals = forwardSignals((signal) => {
    early ??= signal;
    abort.abort();
  });
  // Loaded here: the other commands do without them.
  const [{ LeaseClient }, { openLesseeSockets }] = await Promise.all([
    import("@portlease/client"),
    import("@portlease/native"),
  ]);
  // First of all: on a platform without them nothing needs to be leased.
  const lesseeSockets = openLesseeSockets();
  const client = new LeaseClient(clientOptions(address, options, output));
  try {
    const lease = await client.acquire({
      ...leaseOptions(options),
      service: options.service ?? basename(name),
      signal: abort.signal,
    });
    const sockets = listenOnLease(lease, options.bind ?? null, lesseeSockets);
    const { leaseId, port, ports, generation } = lease;
    const leased = { leaseId, port, portCount: ports.length, generation, brokerAddress: address };
    const environment = childEnvironment(process.env, leased, options.env ?? []);
    abort.signal.throwIfAborted();
    output.note(`${name} gets port ${ports.join(", ")} (lease ${leaseId})`);
    const descriptors = sockets.map(({ descriptor }) => descriptor);
    const child = startChild(file, args, environment, descriptors);
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
    ...(options.maxWait === undefined ? {} : { maxWaitMs: options.maxWait }),
  };
}

/** What the client has to say goes to stderr; that the broker is away is said once. */
function clientOptions(address: string, options: RunOptions, output: Output): LeaseClientOptions {
  let waiting = false;
  return {
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
