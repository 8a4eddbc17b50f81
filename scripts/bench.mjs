// npm run bench, npm run bench:fleet: installs and builds what is missing, then measures. Arguments are passed on: npm run bench -- --help
import { join } from "node:path";
import { buildProgram } from "./bundle-program.mjs";
import { checkNodeVersion, fail, installIfNeeded, root, runNode } from "./prepare.mjs";

checkNodeVersion();
installIfNeeded();
if (buildProgram("tsconfig.json") !== 0) fail("the build failed; see above");
const words = process.argv.slice(2);
const folder = words[0] === "fleet" ? [words.shift()] : [];
process.exitCode = await runNode([join(root, ".build", "bench", ...folder, "main.js"), ...words]);
