// The options of every command that shows something of the broker: in which form, and whether again and again.

import { InvalidArgumentError, Option, type Command } from "commander";
import { parseDuration } from "../../../src/server/config/duration.js";
import { addBrokerOptions, type BrokerOptions } from "../broker-options.js";

export const viewForms = ["table", "wide", "json", "yaml", "name"] as const;
export type ViewForm = (typeof viewForms)[number];

export interface ViewOptions extends BrokerOptions {
  readonly output?: ViewForm;
  /** False for --no-header. */
  readonly header: boolean;
}

export interface WatchableOptions extends ViewOptions {
  readonly watch?: boolean;
  /** Milliseconds. */
  readonly every: number;
}

const everyDefaultMs = 2_000;
/** Each look is a few calls; more often would be a load, and nobody reads faster. */
const everyMsMin = 100;
const everyMsMax = 3_600_000;

/** Adds --output, --no-header and the options of every call: `addCall`, those of the server that is asked. */
export function addViewOptions(command: Command, addCall = addBrokerOptions): Command {
  return addCall(command)
    .addOption(
      new Option("-o, --output <form>", "how it is shown (default: table; --json is json)")
        .choices(viewForms)
        .conflicts("json"),
    )
    .option("--no-header", "leave out the headings of tables");
}

/** Adds --watch too. */
export function addWatchableOptions(command: Command, addCall = addBrokerOptions): Command {
  return addViewOptions(command, addCall)
    .option("-w, --watch", "ask again and again, and show how it is then, until interrupted")
    .addOption(
      new Option("--every <time>", "how often --watch asks")
        .argParser(watchInterval)
        .default(everyDefaultMs, "2s"),
    );
}

export function formOf({ output, json }: ViewOptions): ViewForm {
  return output ?? (json === true ? "json" : "table");
}

function watchInterval(text: string): number {
  const intervalMs = parseDuration(text) ?? Number.NaN;
  if (intervalMs >= everyMsMin && intervalMs <= everyMsMax) return intervalMs;
  throw new InvalidArgumentError("It must be a time from 100ms to 1h, such as 5s.");
}
