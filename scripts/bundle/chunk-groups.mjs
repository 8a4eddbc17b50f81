// Which modules come together in a chunk. By itself the bundler makes one for each set of commands that have modules in common, some
// fifty for a start of the broker. Here there is one for each set of the few programs that `portlease` is when it runs, so that each loads
// a handful of files, and hardly more than it needs.
import { join } from "node:path";

/** Commands that are programs of their own. What they load as soon as they are run counts, too. */
const ownPrograms = ["serve", "fleet", "run"];

/** Groups for rolldown, of a bundle of `checkout` that starts with `start`: https://rolldown.rs/in-depth/manual-code-splitting */
export function chunkGroups(checkout, start) {
  let programs = null;
  const groupOf = (id, context) => {
    // It waits for the end of the command: a chunk that imported it, for anything else in it, would wait for ever.
    if (id === join(checkout, start)) return [];
    programs ??= programsOf(checkout, start, context);
    return programs.filter(({ modules }) => modules.has(id)).map(({ name }) => name);
  };
  return [
    {
      debugName: "programs",
      name: (id, context) => {
        const names = groupOf(id, context);
        if (names.length === 0 || (names.length === 1 && names[0] === "commands")) return null;
        return names[0] === "start" ? "start" : names.join("-");
      },
      // Dependencies are in the chunk of the same programs or in one of more of them: nothing runs before what it needs.
      includeDependenciesRecursively: false,
    },
    {
      debugName: "commands",
      // What one command alone needs stays with it.
      name: (id, context) => (groupOf(id, context).length === 1 ? "commands" : null),
      minShareCount: 2,
      includeDependenciesRecursively: false,
    },
  ];
}

/** `modules`: what each loads before it does anything. "start" is the part of all, from which the commands are loaded. */
function programsOf(checkout, start, context) {
  const getModuleInfo = (id) => context.getModuleInfo(id);
  const loadedBy = (ids) =>
    [...ids].flatMap((id) => getModuleInfo(id)?.dynamicallyImportedIds ?? []);
  const starting = closure([join(checkout, start)], getModuleInfo);
  const commands = loadedBy(starting);
  const isNamed = (id, name) => id === join(checkout, `dist/clients/cli/commands/${name}.js`);
  const others = commands.filter((id) => !ownPrograms.some((name) => isNamed(id, name)));
  return [
    { name: "start", modules: starting },
    { name: "commands", modules: closure(others, getModuleInfo) },
    ...ownPrograms.map((name) => {
      const roots = commands.filter((id) => isNamed(id, name));
      return { name, modules: closure([...roots, ...loadedBy(roots)], getModuleInfo) };
    }),
  ];
}

/** The modules, and all that they import without being asked again. */
function closure(roots, getModuleInfo) {
  const found = new Set(roots);
  for (const id of found) {
    for (const imported of getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  }
  return found;
}
