// portlease serve: builds the configuration and the log, starts the broker, says what it owns, and stops it when asked to.

import type { Command } from "commander";
import type { ConfigFlags, LoadedConfig } from "../../../src/server/config/load-config.js";
import { withHelp } from "../command-help.js";
import { brokerTable } from "../../../src/server/config/settings.js";
import type { Log } from "../../../src/server/log.js";
import type { RunningBroker } from "../../../src/server/main.js";
import type { Output } from "../output.js";
import { readyJson, welcomeText } from "../serve-welcome.js";
import {
  addServingOptions,
  flagsOf,
  serveUntilStopped,
  type ServingOptions,
  type SetExitCode,
} from "../serving.js";

export type { SetExitCode } from "../serving.js";

export function addServe(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program.command("serve").description("run the broker of this host");
  withHelp(addServingOptions(command, brokerTable), {
    role: null,
    examples: [
      ["serve", "with the settings of the file, if there is one"],
      ["serve --pool-size 500 --data-dir ./data", "500 ports, and its data here"],
    ],
    more: settingsHelp,
  }).action(async ({ stopOnStdinEnd, ...options }: ServingOptions) => {
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

/** Resolves with the exit code when the broker has stopped. Throws ConfigError before anything is started. */
async function serve(flags: ConfigFlags, stopOnStdinEnd: boolean, output: Output): Promise<number> {
  // Loaded here: the server brings SQLite and more, and the other commands should start fast.
  const { createLog, loadConfig, loadLateParts, startBroker, thisWorld } =
    await import("../broker-program.js");
  const loaded = loadConfig(flags, thisWorld());
  const log = createLog(loaded.config.log);
  const origin = {
    sources: loaded.sources,
    load: () => loadConfig(flags, thisWorld()),
    configureLog: (options: Parameters<typeof log.configure>[0]) => log.configure(options),
  };
  return serveUntilStopped<RunningBroker>(
    {
      component: "serve",
      server: "broker",
      log,
      format: loaded.config.log.format,
      start: () => startBroker(loaded.config, log, origin),
      reload: (broker) => broker.reload("SIGHUP"),
      sayReady: (broker) => sayReady(broker, loaded, log, output),
      loadLateParts: () => loadLateParts(log),
    },
    stopOnStdinEnd,
    output,
  );
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
