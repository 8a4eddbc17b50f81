// docs/errors.md as a program reads it: its tables, cells without their code marks.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

/** The rows of the table below a heading; empty when there is none. */
export function errorsTable(heading: string): readonly (readonly string[])[] {
  const page = readFileSync(join(repositoryRoot, "docs", "errors.md"), "utf8");
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
