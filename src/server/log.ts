// The structured log of the broker and the names of its fields. The audit log has a logger of its own, audit-trail/audit-logger.ts.
// What is worth a line, and at which level, is decided where things happen.

import winston from "winston";
import type { LogLevel } from "./config/config.js";
import { formatLogText } from "./log-text.js";
import { maskSecrets } from "./mask-secrets.js";

/** Every field that a log line may have. Never a holder key or a reservation token; add names here as they are needed. */
export interface LogFields {
  /** The part of the broker that speaks, such as "grpc" or "store". */
  readonly component?: string | undefined;
  /** The RPC, such as "AcquireLease". */
  readonly method?: string | undefined;
  /** A stable word for programs: an error code or a reason of the API. */
  readonly code?: string | number | undefined;
  /** Why, for people. */
  readonly reason?: string | undefined;
  readonly warning?: string | undefined;
  readonly error?: unknown;
  readonly durationMs?: number | undefined;

  readonly leaseId?: string | undefined;
  readonly port?: number | undefined;
  /** A run such as "20000-20007". */
  readonly ports?: string | undefined;
  readonly pool?: string | undefined;
  readonly blockId?: string | undefined;
  readonly protocol?: string | undefined;
  readonly kind?: string | undefined;
  readonly draining?: boolean | undefined;
  /** Ports that the reservation does not cover; a few of them, and how many there are. */
  readonly uncovered?: readonly number[] | undefined;
  readonly uncoveredCount?: number | undefined;
  readonly service?: string | undefined;
  readonly instance?: string | undefined;
  readonly ttlMs?: number | undefined;
  readonly generation?: number | undefined;
  readonly revision?: number | undefined;
  /** How many leases are active. */
  readonly liveLeases?: number | undefined;

  /** host:port, of the broker or of a peer. */
  readonly address?: string | undefined;
  readonly peer?: string | undefined;
  readonly host?: string | undefined;
  readonly version?: string | undefined;
  readonly processId?: number | undefined;
  readonly signal?: string | undefined;
  readonly path?: string | undefined;
  readonly dataDirectory?: string | undefined;
  /** The configuration file in force. */
  readonly file?: string | undefined;
  readonly count?: number | undefined;
  /** Who called, by name: "anonymous", "token:ci", "cert:DNS:orders.example.org". */
  readonly caller?: string | undefined;
  /** A line of the audit log. */
  readonly entry?: object | undefined;
  /** How a call ended, for people. */
  readonly outcome?: string | undefined;
}

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all have these fields; those of a line go before them. */
  child(fields: LogFields): Log;
}

const ranks: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "json" | "text";
}

export interface RootLog extends Log {
  /** For lines from now on, also those of its children. */
  configure(options: LogOptions): void;
}

/** Where lines go. `isTTY` decides on colours. */
export type LogStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/**
 * One line per entry: JSON ({time, level, message, ...fields}) or text for people. Default stream: stderr.
 * Text is coloured on a terminal unless NO_COLOR is set (https://no-color.org). Errors show their stack in JSON, and at
 * level "debug" in text.
 */
export function createLog(first: LogOptions, stream: LogStream = process.stderr): RootLog {
  let options = first;
  const color = stream.isTTY === true && !process.env["NO_COLOR"];
  const line = winston.format.printf((info) => {
    const level = info.level as LogLevel;
    const stacks = options.format === "json" || options.level === "debug";
    const time = new Date().toISOString();
    const message = String(info.message);
    const fields = maskSecrets(info["fields"], stacks) as Record<string, unknown>;
    return options.format === "text"
      ? formatLogText(time, level, message, fields, color)
      : JSON.stringify({ time, level, message, ...fields });
  });
  const logger = winston.createLogger({
    level: options.level,
    levels: ranks,
    format: line,
    transports: [new winston.transports.Stream({ stream, eol: "\n" })],
  });
  const configure = (changed: LogOptions): void => {
    options = changed;
    logger.level = changed.level;
  };
  const isOn = (level: LogLevel): boolean => ranks[level] <= ranks[options.level];
  return { ...logWith(logger, isOn, {}), configure };
}

function logWith(
  logger: winston.Logger,
  isOn: (level: LogLevel) => boolean,
  bound: LogFields,
): Log {
  const write = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    // Below the level nothing is made: debug lines stand on the path of every grant, and asking winston costs as much as they would.
    if (!isOn(level)) return;
    logger.log({ level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    child: (fields) => logWith(logger, isOn, { ...bound, ...fields }),
  };
}
