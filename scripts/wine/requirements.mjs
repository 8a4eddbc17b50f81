// What the lab needs from the machine, and how to get what is missing. Installs nothing by itself.
import { spawnSync } from "node:child_process";

const requirements = [
  { command: "wine", debianPackage: "wine64", why: "runs the Windows programs" },
  { command: "wineserver", debianPackage: "wine64", why: "is the heart of Wine" },
  {
    command: "x86_64-w64-mingw32-gcc",
    debianPackage: "gcc-mingw-w64-x86-64",
    why: "compiles the emulated port pool",
  },
];

export const installCommand =
  "apt-get install -y --no-install-recommends wine wine64 gcc-mingw-w64-x86-64";

/** One sentence per missing program; empty when the lab can be set up here. */
export function missingRequirements() {
  if (process.platform !== "linux") return ["the Wine lab runs on Linux only"];
  if (process.arch !== "x64") return ["the Wine lab needs an x64 machine"];
  return requirements
    .filter(({ command }) => spawnSync("which", [command]).status !== 0)
    .map(
      ({ command, debianPackage, why }) =>
        `${command} is missing (it ${why}): apt-get install -y --no-install-recommends ${debianPackage}`,
    );
}
