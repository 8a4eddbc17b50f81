// What "serve" and "fleet" have in common: a server that is started from settings, says that it is ready, and stops when asked to.

import type { Command } from "commander";
import type { LogConfig } from "../../src/server/config/config.js";
import type { ConfigFlags } from "../../src/server/config/read-layers.js";
import type { SettingsTable } from "../../src/server/config/settings-table.js";
import type { Log } from "../../src/server/log.js";
import { toFailure } from "./cli-failure.js";
import { exitCodes } from "./exit-codes.js";
import { tellFailure, type Output } from "./output.js";
import { stopWish } from "./stop-wish.js";

/** Sets the process's exit code when the server has stopped. */
export type SetExitCode = (exitCode: number) => void;

/** What commander read: settings by the name of their option, and what is no setting. */
export interface ServingOptions {
  readonly stopOnStdinEnd?: boolean;
  readonly [setting: string]: string | boolean | readonly string[] | undefined;
}

export interface Served<Running> {
  /** The command, in the log: "serve". */
  readonly component: string;
  /** What is served: "broker". */
  readonly server: string;
  readonly log: Log;
  readonly format: LogConfig["format"];
  readonly start: () => Promise<Running>;
  /** What comes of it is in the log, also why nothing does. */
  readonly reload: (running: Running) => Promise<unknown>;
  readonly sayReady: (running: Running) => void;
  /** A little after it is ready; never rejects. */
  readonly loadLateParts: () => Promise<void>;
}

/** Long enough for whoever waited for the server to be served first. */
const latePartsAfterMs = 2_000;

/** --config, the options of a table, and --stop-on-stdin-end. */
export function addServingOptions(command: Command, table: SettingsTable): Command {
  command.option(
    "--config <path>",
    `configuration file (default: ${table.configVariable}, else well-known places)`,
  );
  for (const { flag, placeholder, description, form } of table.settings) {
    const option = command.createOption(`${flag} <${placeholder}>`, description);
    if (form === "list") {
      option.argParser((value: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        value,
      ]);
    }
    command.addOption(option);
  }
  return command.option(
    "--stop-on-stdin-end",
    "stop when stdin ends, for wrappers that cannot send signals",
  );
}

/** What was given on the command line. */
export function flagsOf(command: Command, options: ServingOptions): ConfigFlags {
  const values: Record<string, string> = {};
  for (const option of command.options) {
    const value = options[option.attributeName()];
    const text = Array.isArray(value) ? value.join(",") : value;
    if (typeof text === "string" && option.long && option.long !== "--config")
      values[option.long] = text;
  }
  const { config } = options;
  return { configFile: typeof config === "string" ? config : null, values };
}

/** Resolves with the exit code when the server has stopped, or could not start. */
export async function serveUntilStopped<Running extends { stop(reason: string): Promise<void> }>(
  served: Served<Running>,
  stopOnStdinEnd: boolean,
  output: Output,
): Promise<number> {
  const { component, log, start, sayReady, loadLateParts } = served;
  let running: Running | null = null;
  logUnexpectedErrors(served);
  const stop = stopWish(log, stopOnStdinEnd ? process.stdin : null, () => hangUp(running, served));
  let server: Running;
  try {
    server = await start();
    running = server;
  } catch (error) {
    // Open, it would keep a process running that has nothing left to do.
    if (stopOnStdinEnd) process.stdin.destroy();
    return tellStartFailure(error, served, output);
  }
  sayReady(server);
  const late = setTimeout(() => void loadLateParts(), latePartsAfterMs);
  const reason = await stop;
  clearTimeout(late);
  log.info("stopping", { component, reason });
  await server.stop(reason);
  log.info("stopped", { component });
  return exitCodes.ok;
}

function hangUp<Running>(running: Running | null, { server, log, reload }: Served<Running>): void {
  if (running === null) {
    log.warn(`SIGHUP changes nothing before the ${server} is ready`, { signal: "SIGHUP" });
    return;
  }
  reload(running).catch(() => undefined);
}

type Teller = Pick<Served<unknown>, "server" | "log" | "format">;

function tellStartFailure(error: unknown, { server, log, format }: Teller, output: Output): number {
  const failure = toFailure(error);
  const { code, message } = failure;
  if (format === "json") log.error(`the ${server} could not start`, { code, reason: message });
  else tellFailure(output, failure, false);
  return failure.exitCode;
}

/** A mistake of ours: the state in memory can no longer be trusted, so leave. What a broker answered is on disk. */
function logUnexpectedErrors({ server, log }: Teller): void {
  process.on("uncaughtException", (error) => {
    log.error(`unexpected error; the ${server} leaves so that it starts again afresh`, { error });
    process.exit(exitCodes.failure);
  });
}
