// What the lab needs from the machine, and how to get what is missing. Installs nothing by itself.
import { spawnSync } from "node:child_process";

const requirements = [
  { command: "wine", debianPackages: "wine wine64", why: "runs Windows programs" },
  { command: "wineserver", debianPackages: "wine wine64", why: "is the heart of Wine" },
  {
    command: "x86_64-w64-mingw32-gcc",
    debianPackages: "gcc-mingw-w64-x86-64",
    why: "compiles the emulated port pool",
  },
];

/** One sentence per missing program; empty when the lab can be set up here. */
export function missingRequirements() {
  if (process.platform !== "linux") return ["it runs on Linux only"];
  if (process.arch !== "x64") return ["it needs an x64 machine"];
  return requirements
    .filter(({ command }) => spawnSync(command, ["--version"]).error !== undefined)
    .map(({ command, debianPackages, why }) => {
      const install = `apt-get install -y --no-install-recommends ${debianPackages}`;
      return `${command}, which ${why}, is missing: ${install}`;
    });
}
