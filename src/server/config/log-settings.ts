// The settings of the log: a part of the schema, and their defaults.

import * as z from "zod";
import type { LogConfig } from "./config.js";
import type { ConfigWorld } from "./config-world.js";
import { must, word } from "./schema-values.js";
import type { Choose } from "./choose.js";

export const logSchema = z.strictObject(
  {
    level: word(["error", "warn", "info", "debug"]).optional(),
    format: word(["json", "text"]).optional(),
  },
  must("a group of the keys level, format"),
);

interface LogSettings {
  readonly log?: z.infer<typeof logSchema> | undefined;
}

export function resolveLog(choose: Choose<LogSettings>, world: ConfigWorld): LogConfig {
  return {
    level: choose("log.level", ({ log }) => log?.level) ?? "info",
    format:
      choose("log.format", ({ log }) => log?.format) ?? (world.logToTerminal ? "text" : "json"),
  };
}
