// portlease serve: builds the configuration and the log, starts the broker, says what it owns, and stops it when asked to.

import type { Command } from "commander";
import type { ConfigFlags, LoadedConfig } from "../../../src/server/config/load-config.js";
import { withHelp } from "../command-help.js";
import { settings, configVariable } from "../../../src/server/config/settings.js";
import type { Log } from "../../../src/server/log.js";
import type { RunningBroker } from "../../../src/server/main.js";
import { toFailure } from "../cli-failure.js";
import { exitCodes } from "../exit-codes.js";
import { tellFailure, type Output } from "../output.js";
import { readyJson, welcomeText } from "../serve-welcome.js";
import { stopWish } from "../stop-wish.js";

/** What commander read: settings by the name of their option, and what is no setting. */
interface ServeOptions {
  readonly stopOnStdinEnd?: boolean;
  readonly [setting: string]: string | boolean | undefined;
}

/** Sets the process's exit code when the broker has stopped. */
export type SetExitCode = (exitCode: number) => void;

export function addServe(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("serve")
    .description("run the broker of this host")
    .option(
      "--config <path>",
      `configuration file (default: ${configVariable}, else well-known places)`,
    );
  for (const { flag, placeholder, description } of settings) {
    command.option(`${flag} <${placeholder}>`, description);
  }
  command.option(
    "--stop-on-stdin-end",
    "stop when stdin ends, for wrappers that cannot send signals",
  );
  withHelp(command, {
    role: null,
    examples: [
      ["serve", "with the settings of the file, if there is one"],
      ["serve --pool-size 500 --data-dir ./data", "500 ports, and its data here"],
    ],
    more: settingsHelp,
  }).action(async ({ stopOnStdinEnd, ...options }: ServeOptions) => {
    setExitCode(await serve(flagsOf(command, options), stopOnStdinEnd === true, output));
  });
}

const settingsHelp = `The options --pool-... are for the pool "default"; other pools stand in the configuration file.
Times are written with their unit: 500ms, 30s, 5m, 1h30m.
Each option can also stand in the environment (--log-level is PORTLEASE_LOG_LEVEL) or in the configuration file.
Options go before the environment, the environment before the file.

Stops in an orderly way, with exit code 0, on SIGTERM and SIGINT; on Windows on Ctrl+C, on Ctrl+Break and when the console
is closed (Windows then leaves it about 10 s, of which it takes 3 at most). A second signal a second later leaves at once.
With --stop-on-stdin-end it stops also when stdin ends: off by default, since a service's stdin may be closed from the
start. It stands on the command line only.

SIGHUP reads the configuration again, as "portlease config reload" does; not on Windows, and not where it means that the terminal
of this process was closed.`;

function flagsOf(
  command: Command,
  options: Readonly<Record<string, string | boolean | undefined>>,
): ConfigFlags {
  const values: Record<string, string> = {};
  for (const option of command.options) {
    const value = options[option.attributeName()];
    if (typeof value === "string" && option.long && option.long !== "--config")
      values[option.long] = value;
  }
  const { config } = options;
  return { configFile: typeof config === "string" ? config : null, values };
}

/** Resolves with the exit code when the broker has stopped. Throws ConfigError before anything is started. */
async function serve(flags: ConfigFlags, stopOnStdinEnd: boolean, output: Output): Promise<number> {
  // Loaded here: the server brings SQLite and more, and the other commands should start fast.
  const [{ loadConfig }, { thisWorld }, { createLog }, { startBroker }] = await Promise.all([
    import("../../../src/server/config/load-config.js"),
    import("../../../src/server/config/config-world.js"),
    import("../../../src/server/log.js"),
    import("../../../src/server/main.js"),
  ]);
  const loaded = loadConfig(flags, thisWorld());
  const log = createLog(loaded.config.log);
  let running: RunningBroker | null = null;
  logUnexpectedErrors(log);
  const stop = stopWish(log, stopOnStdinEnd ? process.stdin : null, () => reload(running, log));
  let broker: RunningBroker;
  try {
    broker = await startBroker(loaded.config, log, {
      sources: loaded.sources,
      load: () => loadConfig(flags, thisWorld()),
      configureLog: (options) => log.configure(options),
    });
    running = broker;
  } catch (error) {
    // Open, it would keep a process running that has nothing left to do.
    if (stopOnStdinEnd) process.stdin.destroy();
    return tellStartFailure(error, loaded, log, output);
  }
  sayReady(broker, loaded, log, output);
  const reason = await stop;
  log.info("stopping", { component: "serve", reason });
  await broker.stop(reason);
  log.info("stopped", { component: "serve" });
  return exitCodes.ok;
}

/** What comes of it is in the log, also why nothing does. */
function reload(broker: RunningBroker | null, log: Log): void {
  if (broker === null) {
    log.warn("SIGHUP changes nothing before the broker is ready", { signal: "SIGHUP" });
    return;
  }
  broker.reload("SIGHUP").catch(() => undefined);
}

function sayReady(
  broker: RunningBroker,
  { config, file }: LoadedConfig,
  log: Log,
  output: Output,
): void {
  log.info("ready", {
    component: "serve",
    address: broker.address,
    dataDirectory: config.dataDirectory,
    file: file ?? undefined,
    revision: broker.revision,
    liveLeases: broker.liveLeases,
  });
  if (config.log.format === "json") output.compactJson(readyJson(broker, config.dataDirectory));
  else output.line(welcomeText(broker, config.dataDirectory));
}

function tellStartFailure(
  error: unknown,
  { config }: LoadedConfig,
  log: Log,
  output: Output,
): number {
  const failure = toFailure(error);
  const { code, message } = failure;
  if (config.log.format === "json")
    log.error("the broker could not start", { code, reason: message });
  else tellFailure(output, failure, false);
  return failure.exitCode;
}

/** A mistake of ours: the state in memory can no longer be trusted, and what was answered is on disk, so leave. */
function logUnexpectedErrors(log: Log): void {
  process.on("uncaughtException", (error) => {
    log.error("unexpected error; the broker leaves so that it starts again from disk", { error });
    process.exit(exitCodes.failure);
  });
}
