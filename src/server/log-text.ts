// One log line for people: time, level, component, message, and the fields as key=value. Never more than one line, whatever
// the values hold.

import type { LogLevel } from "./config/config.js";
import { printable } from "./printable.js";

const colors: Readonly<Record<LogLevel, number>> = { error: 31, warn: 33, info: 32, debug: 90 };
const gray = 90;

/** `fields` are plain data, as maskSecrets makes them. */
export function formatLogText(
  time: string,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  color: boolean,
): string {
  const paint = (code: number, text: string): string =>
    color ? `\u001b[${code}m${text}\u001b[39m` : text;
  const { component, ...others } = fields;
  const origin = typeof component === "string" ? [paint(gray, `[${printable(component)}]`)] : [];
  const pairs = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${paint(gray, `${printable(key)}=`)}${formatValue(value)}`);
  const head = [paint(gray, time), paint(colors[level], level.toUpperCase().padEnd(5))];
  return [...head, ...origin, printable(message), ...pairs].join(" ");
}

function formatValue(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@%+~[\]-]+$/.test(value)) return value;
  if (isError(value)) return JSON.stringify(errorText(value));
  return printable(JSON.stringify(value) ?? String(value));
}

interface ErrorData {
  readonly message: string;
  readonly cause?: unknown;
  readonly stack?: unknown;
}

function isError(value: unknown): value is ErrorData {
  return typeof value === "object" && value !== null && "name" in value && "message" in value;
}

/** The stack where there is one, else the messages of the error and its causes. */
function errorText(error: ErrorData): string {
  if (typeof error.stack === "string") return error.stack;
  return isError(error.cause) ? `${error.message}; ${errorText(error.cause)}` : error.message;
}
