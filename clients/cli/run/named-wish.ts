// One `--lease`: a port under a name, as a lease of its own, such as "http" or "metrics=port:9100,must,pool:ops,protocol:udp".

import { InvalidArgumentError } from "commander";
import type { LeaseProtocol } from "@portlease/client";
import { portNumber } from "../value-parsers.js";
import { portNamePattern, variablePart } from "./program-ports.js";

/** What is absent is as the options for all leases say. */
export interface NamedWish {
  readonly name: string;
  readonly port?: number;
  readonly must?: true;
  readonly pool?: string;
  readonly protocol?: LeaseProtocol;
}

export const leaseProtocols = ["tcp", "udp", "tcp-and-udp"] as const;

/** Collects a repeated `--lease`. Throws commander's InvalidArgumentError. */
export function namedWish(text: string, before: readonly NamedWish[] = []): readonly NamedWish[] {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  if (!portNamePattern.test(name)) {
    throw new InvalidArgumentError(
      'It must begin with a name of letters, digits, "-" and "_", such as "http" or "http=port:8080".',
    );
  }
  if (before.some((other) => variablePart(other.name) === variablePart(name))) {
    throw new InvalidArgumentError(`The name ${name} is there already.`);
  }
  const words = at < 0 ? [] : text.slice(at + 1).split(",");
  return [...before, words.reduce<NamedWish>(withWord, { name })];
}

function withWord(wish: NamedWish, word: string): NamedWish {
  const at = word.indexOf(":");
  const [key, value] = at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
  if (key === "must" && at < 0) return { ...wish, must: true };
  if (key === "port") return { ...wish, port: portNumber(value) };
  if (key === "pool" && value !== "") return { ...wish, pool: value };
  const protocol = leaseProtocols.find((candidate) => candidate === value);
  if (key === "protocol" && protocol !== undefined) return { ...wish, protocol };
  throw new InvalidArgumentError(
    `"${word}" is none of port:NUMBER, must, pool:NAME, protocol:${leaseProtocols.join("|")}.`,
  );
}
