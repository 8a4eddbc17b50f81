// What the README of an example promises: the commands that start it, the configuration it needs, and what it prints.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { samplesOf } from "../../support/document-samples.js";
import { repositoryRoot } from "../../support/repository.js";

export const examplesFolder = join(repositoryRoot, "examples");

export interface ExampleReadme {
  readonly lineCount: number;
  /** As a reader types them, one a line. */
  readonly commands: readonly string[];
  /** The broker's configuration file; "" where any will do. */
  readonly configuration: string;
  /** The lines that it prints. A number in them, such as a port, stands for any. */
  readonly output: readonly RegExp[];
}

export function readmeOf(example: string): ExampleReadme {
  const document = `examples/${example}/README.md`;
  const samples = samplesOf(document);
  const textsIn = (language: string): readonly string[] =>
    samples.filter((sample) => sample.language === language).map(({ text }) => text);
  return {
    lineCount: readFileSync(join(repositoryRoot, document), "utf8").trimEnd().split("\n").length,
    commands: linesOf(textsIn("sh")),
    configuration: textsIn("yaml").join(""),
    output: linesOf(textsIn("text")).map(anyNumbers),
  };
}

const linesOf = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => text.trimEnd().split("\n"));

function anyNumbers(line: string): RegExp {
  const literal = line.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(literal.replaceAll(/\d+/g, String.raw`\d+`));
}
