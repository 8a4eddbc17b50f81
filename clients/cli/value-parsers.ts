// Reads the values of options. Each throws commander's InvalidArgumentError, whose text ends up in the usage line.

import { InvalidArgumentError } from "commander";
import { findListenAddress } from "../../src/server/config/listen-address.js";
import { parseDuration } from "../../src/server/config/duration.js";
import type { AskedVariable } from "./run/child-environment.js";

/** Whole number in [lowest, highest]. */
export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
  };
}

export const portNumber = wholeNumber(1, 65_535);

/** Milliseconds. */
export function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== null) return durationMs;
  throw new InvalidArgumentError('It must be a time with its unit, such as "30s" or "500ms".');
}

/** A time for which waiting makes sense: longer than nothing. */
export function positiveDuration(text: string): number {
  const durationMs = duration(text);
  if (durationMs > 0) return durationMs;
  throw new InvalidArgumentError("It must be longer than 0.");
}

/** host:port of a broker, or unix:/path. */
export function brokerAddress(text: string): string {
  if (isBrokerAddress(text)) return text;
  throw new InvalidArgumentError("It must be host:port, such as 127.0.0.1:7600.");
}

export function isBrokerAddress(text: string): boolean {
  if (text.startsWith("unix:")) return text.length > "unix:".length;
  return (findListenAddress(text)?.port ?? 0) > 0;
}

/** Collects "key=value" of a repeated option. */
export function label(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be key=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects "NAME" or "NAME=template" of a repeated option; without a template it is the first port. */
export function variable(
  text: string,
  before: readonly AskedVariable[] = [],
): readonly AskedVariable[] {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  const template = at < 0 ? "{port}" : text.slice(at + 1);
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [...before, { name, template }];
  throw new InvalidArgumentError("It must begin with the name of an environment variable.");
}
