// A plugin of the bundler: the source maps that the compiler wrote beside its modules, so that those of the bundle lead to the
// TypeScript. https://rolldown.rs/reference/Interface.Plugin#load
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

/** For modules below `checkout`, but not for those of other packages. */
export function compilerMaps(checkout) {
  return {
    name: "compiler-maps",
    load: {
      filter: { id: { include: /\.js$/, exclude: /[\\/]node_modules[\\/]/ } },
      handler(id) {
        const map = `${id}.map`;
        if (relative(checkout, id).startsWith("..") || !existsSync(map)) return null;
        return { code: readFileSync(id, "utf8"), map: readFileSync(map, "utf8") };
      },
    },
  };
}
