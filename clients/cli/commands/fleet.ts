// portlease fleet: the fleet server. Its subcommands, which ask one, are in files of their own.

import type { Command } from "commander";
import type { LoadedFleetConfig } from "../../../src/fleet/config/load-fleet-config.js";
import { fleetTable } from "../../../src/fleet/config/fleet-settings.js";
import type { RunningFleetServer } from "../../../src/fleet/main.js";
import type { LogConfig } from "../../../src/server/config/config.js";
import type { ConfigFlags } from "../../../src/server/config/read-layers.js";
import type { Log } from "../../../src/server/log.js";
import { withHelp } from "../command-help.js";
import { fleetReadyJson, fleetWelcomeText } from "../fleet-welcome.js";
import type { Output } from "../output.js";
import {
  addServingOptions,
  flagsOf,
  serveUntilStopped,
  type ServingOptions,
  type SetExitCode,
} from "../serving.js";
import { addFleetCommands } from "./fleet-commands.js";

export function addFleet(program: Command, output: Output, setExitCode: SetExitCode): void {
  const command = program
    .command("fleet")
    .description("run a fleet server, which shows the leases of many hosts in one view, or ask one")
    // Subcommands have options of the same names.
    .enablePositionalOptions();
  withHelp(addServingOptions(command, fleetTable), {
    role: null,
    examples: [
      ["fleet --etcd etcd://etcd-1,etcd-2", "the fleet of the brokers that publish there"],
      ["fleet --broker web-1:7600 --broker web-2:7600", "two brokers, without etcd"],
      ["fleet status", "ask the fleet server of this host"],
    ],
    more: settingsHelp,
  }).action(async ({ stopOnStdinEnd, ...options }: ServingOptions) => {
    setExitCode(await serve(flagsOf(command, options), stopOnStdinEnd === true, output));
  });
  addFleetCommands(command, output);
}

const settingsHelp = `Without a subcommand it runs a fleet server, until it is stopped. Give one source: --etcd, --broker, --brokers-file or --brokers-srv.
A source that cannot be reached is told, and tried again: it is no reason not to start.

Each option can also stand in the environment (--log-level is PORTLEASE_FLEET_SERVER_LOG_LEVEL) or in the configuration file.
Options go before the environment, the environment before the file. Brokers never read these variables.

Stops in an orderly way, with exit code 0, as "serve" does: on SIGTERM, SIGINT, Ctrl+C and Ctrl+Break, and with --stop-on-stdin-end
when stdin ends. SIGHUP reads the configuration again.`;

/** Resolves with the exit code when the fleet server has stopped. Throws ConfigError before anything is started. */
async function serve(flags: ConfigFlags, stopOnStdinEnd: boolean, output: Output): Promise<number> {
  // Loaded here, so that the other commands start fast.
  const { createLog, loadFleetConfig, loadLateParts, startFleetServer, thisWorld } =
    await import("../fleet-program.js");
  const load = (): LoadedFleetConfig => loadFleetConfig(flags, thisWorld());
  const loaded = load();
  const log = createLog(loaded.config.log);
  const origin = { load, configureLog: (options: LogConfig) => log.configure(options) };
  return serveUntilStopped<RunningFleetServer>(
    {
      component: "fleet",
      server: "fleet server",
      log,
      format: loaded.config.log.format,
      start: () => startFleetServer(loaded.config, log, origin),
      reload: (server) => server.reload("SIGHUP"),
      sayReady: (server) => sayReady(server, loaded, log, output),
      loadLateParts: () => loadLateParts(log),
    },
    stopOnStdinEnd,
    output,
  );
}

function sayReady(
  server: RunningFleetServer,
  { config, file }: LoadedFleetConfig,
  log: Log,
  output: Output,
): void {
  const { address } = server;
  const { dataDirectory } = config;
  log.info("ready", { component: "fleet", address, dataDirectory, file: file ?? undefined });
  if (config.log.format === "json") output.compactJson(fleetReadyJson(server, dataDirectory));
  else output.line(fleetWelcomeText(server));
}
