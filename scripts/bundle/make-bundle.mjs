// node scripts/bundle/make-bundle.mjs CHECKOUT FOLDER: makes the bundle of bundle-program.mjs out of what was compiled in a checkout, in a
// folder of it, and the notices of what others wrote of it. Nothing is minified: stack traces keep their names.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { bundledPackages, noticesOf, noticesFile } from "./notices.mjs";
import { chunkGroups } from "./chunk-groups.mjs";
import { compilerMaps } from "./compiler-maps.mjs";

/** The program: the command line, in parts that are loaded when they are needed. */
const program = "dist/clients/cli/main.js";

/**
 * What it starts by name, in threads and processes of their own: the store, and the other process of the doctor. Each is one file, so
 * that it loads nothing but its own, and lies beside the program, where each module looks for what it starts.
 */
const others = [
  "dist/src/server/store/sqlite-worker.js",
  "dist/src/server/store/check-worker.js",
  "dist/src/server/store/export-worker.js",
  "dist/src/server/store/import-worker.js",
  "dist/src/server/store/repair-worker.js",
  "src/native/dist/doctor/helper-main.js",
];

/**
 * What is installed beside the bundle: prebuilt binaries; reflection, which is loaded in the middle of a call; what grpc-js loads for
 * channelz alone, which is not served; and OpenTelemetry, whose packages must be the very ones that an operator has installed.
 */
const installed =
  /^(?:koffi|@photostructure\/sqlite|@grpc\/reflection|@grpc\/proto-loader|@opentelemetry\/.+)$/;

const [checkout, folder] = process.argv.slice(2);
const destination = join(checkout, folder);
try {
  const files = await makeBundle();
  removeOthers(files);
} catch (error) {
  console.error(`portlease: the program could not be bundled: ${error.message}`);
  process.exitCode = 1;
}

/** Returns the names of what it wrote. */
async function makeBundle() {
  const outputs = await bundled(program, { groups: chunkGroups(checkout, program) });
  for (const entry of others) outputs.push(...(await bundled(entry, false)));
  const chunks = outputs.filter(({ type }) => type === "chunk");
  checkImports(chunks);
  const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules));
  const notices = noticesOf(join(checkout, "node_modules"), bundledPackages(checkout, modules));
  writeFileSync(join(destination, noticesFile), notices);
  return [...outputs.map(({ fileName }) => fileName), noticesFile];
}

async function bundled(entry, codeSplitting) {
  const bundle = await rolldown({
    cwd: checkout,
    input: entry,
    platform: "node",
    // Nobody imports an entry.
    preserveEntrySignatures: false,
    external: installed,
    // winston's diagnostics are a third of it, and nothing but a text for developers of winston.
    transform: { define: { "process.env.NODE_ENV": JSON.stringify("production") } },
    plugins: [compilerMaps(checkout)],
    onLog: (level, log) => {
      // An import that leads nowhere is a warning too, and would be found by whoever needs it first.
      if (level === "warn") throw new Error(log.message);
    },
  });
  const { output } = await bundle.write({
    dir: destination,
    format: "esm",
    entryFileNames: "[name].js",
    // By the hash a running broker, whose package is replaced, cannot take a part of another version for its own.
    chunkFileNames: "[name]-[hash].js",
    codeSplitting,
    sourcemap: true,
    // Of the compiler's maps: where a line is in the sources, not the sources themselves.
    sourcemapExcludeSources: true,
  });
  await bundle.close();
  return [...output];
}

/** What is not in the bundle must be in Node or be installed with it. */
function checkImports(chunks) {
  const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
  const own = new Set(chunks.map(({ fileName }) => fileName));
  for (const name of new Set(
    chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]),
  )) {
    const isKnown = own.has(name) || name.startsWith("node:") || builtinModules.includes(name);
    // Those who trace install the rest of OpenTelemetry.
    if (isKnown || name in dependencies || name.startsWith("@opentelemetry/")) continue;
    throw new Error(`${name} is imported and not bundled, and package.json has no such dependency`);
  }
}

/** Chunks of other builds: nobody would ever delete them, and packages would carry them. */
function removeOthers(files) {
  for (const name of readdirSync(destination)) {
    if (!files.includes(name)) rmSync(join(destination, name), { recursive: true });
  }
}
