// What others wrote of a Windows layout, and under which licence: the packages that npm installed, those in the bundled program, and
// those that Vite built into the dashboard. Every one comes with the text of its licence, or nothing is laid out.
import { mkdirSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { programFolder } from "./bundle-program.mjs";
import { noticedPackages, noticesFile } from "./bundle/notices.mjs";
import { licenceFiles } from "./licence-files.mjs";
import { root } from "./prepare.mjs";

const dashboards = ["dashboard", "fleet-dashboard"];

/** They are in the files of the dashboards, not in a folder of their own. */
export const bundledPackages = ["@preact/signals", "@preact/signals-core", "preact", "uplot"];

/**
 * The packages below `installed` that are not ours, as npm's hidden lock file has them, each with its texts. Throws for one
 * without a licence. https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json#hidden-lockfiles
 */
export function thirdParties(installed) {
  const { packages } = JSON.parse(readFileSync(join(installed, ".package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([path, { link }]) => path.startsWith("node_modules/") && link !== true)
    .map(([path, { version, license }]) => {
      if (license === undefined) throw new Error(`${path} names no licence; do not ship it unread`);
      const texts = licenceFiles(installed, path.slice("node_modules/".length)).map(
        (text) => `app/node_modules/${text}`,
      );
      return { path: `app/${path}`, version, license, texts };
    });
}

/** Those in the bundled program of `app`, whose notices have the texts. Returns them as `thirdParties` does. */
export function programParties(app) {
  const notices = readFileSync(join(app, programFolder, noticesFile), "utf8");
  return noticedPackages(notices).map(({ name, version, license }) => {
    const path = `app/${programFolder}: ${name}`;
    return { path, version, license, texts: [`app/${programFolder}/${noticesFile}`] };
  });
}

/** Copies the licences of what is built into the dashboards to `folder`, app/licences. Returns them as `thirdParties` does. */
export function copyBundledLicences(folder) {
  mkdirSync(folder, { recursive: true });
  return bundledPackages.flatMap((name) => {
    const source = join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
    const text = `${name.replace("/", "-")}.txt`;
    copyFileSync(join(source, "LICENSE"), join(folder, text));
    return dashboards.map((dashboard) => {
      const path = `app/dist/clients/${dashboard}: ${name}`;
      return { path, version, license, texts: [`app/licences/${text}`] };
    });
  });
}

export function thirdPartyText(packages) {
  const lines = packages.map(
    ({ path, version, license, texts }) => `${path}  ${version}  ${license}  (${texts.join(", ")})`,
  );
  return [
    "What portlease brings along, with the licence of each and where its text lies. node.exe: LICENSE-node.txt",
    "",
    ...lines,
    "",
  ].join("\r\n");
}
