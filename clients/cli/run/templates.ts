// Templates in the arguments of a program and in `--env`: {port}, {ports}, {port2}, {port:NAME}. Everything else between braces
// stays as it is, and two braces keep a template from being one: {{port}} becomes {port}.

import { usageFailure } from "../cli-failure.js";
import type { ProgramPort } from "./program-ports.js";

const template = /\{\{(ports?|port[1-9]\d*|port:[^{}]*)\}\}|\{(ports?|port[1-9]\d*|port:[^{}]*)\}/g;

/** Throws CliFailure for a port that the program does not have. Given the same names and count, it throws or not for any numbers. */
export function fillTemplate(text: string, ports: readonly ProgramPort[]): string {
  return text.replaceAll(template, (_whole, kept: string | undefined, word: string | undefined) =>
    word === undefined ? `{${kept ?? ""}}` : valueOf(word, ports),
  );
}

function valueOf(word: string, ports: readonly ProgramPort[]): string {
  if (word === "ports") return ports.map(({ port }) => port).join(",");
  const name = word.startsWith("port:") ? word.slice("port:".length) : null;
  const number = word === "port" ? 1 : Number(word.slice("port".length));
  const found =
    name === null ? ports[number - 1] : ports.find((candidate) => candidate.name === name);
  if (found !== undefined) return String(found.port);
  const names = ports.flatMap((port) => (port.name === null ? [] : [port.name]));
  const named = names.length === 0 ? "" : `, called ${names.join(", ")}`;
  throw usageFailure(
    `{${word}} means no port of the program: it gets ${ports.length}${named}. Correct it, or write {{${word}}} for these ` +
      "characters themselves",
  );
}
