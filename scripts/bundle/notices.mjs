// The notices beside the bundle: which packages of others are in it, and the texts of their licences. No package without a text.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { licenceFiles } from "../licence-files.mjs";

export const noticesFile = "THIRD-PARTY.txt";

/** The packages of others, seen from node_modules, from which `modules` (paths) come. Our own are links to folders of the checkout. */
export function bundledPackages(checkout, modules) {
  const packages = modules
    .map((module) => relative(checkout, module).split("\\").join("/"))
    .map((path) => /^node_modules\/((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(packages)].toSorted((one, other) => (one < other ? -1 : 1));
}

/** Throws for a package that names no licence, or brings no text of it. */
export function noticesOf(nodeModules, packages) {
  const parts = packages.map((path) => {
    const manifest = JSON.parse(readFileSync(join(nodeModules, path, "package.json"), "utf8"));
    const { name, version, license } = manifest;
    if (typeof license !== "string") {
      throw new Error(`${path} names no licence; do not ship it unread`);
    }
    const texts = licenceFiles(nodeModules, path).map((file) =>
      licenceText(join(nodeModules, file)),
    );
    const terms = license.replace(/^\((.*)\)$/, "$1");
    return [`=== ${name} ${version} (${terms})`, ...texts].join("\n\n");
  });
  const head = "What others wrote of the program in this folder, with the licence of each.";
  return `${[head, ...parts].join("\n\n")}\n`;
}

/** Of a module that has it in its head the comment alone. */
function licenceText(file) {
  const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n").trim();
  if (!file.endsWith(".js")) return text;
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .join("\n")
    .replaceAll(/^\/\/ ?/gm, "");
}

/** What is in a text of notices. */
export function noticedPackages(notices) {
  return [...notices.matchAll(/^=== (\S+) (\S+) \((.+)\)$/gm)].map(
    ([, name, version, license]) => ({
      name,
      version,
      license,
    }),
  );
}
