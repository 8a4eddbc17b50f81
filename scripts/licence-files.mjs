// Where an installed package of others has the texts of its licence.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Packages that npm publishes without a text, and the files of others (below node_modules) that have it, word for word. */
const textsElsewhere = {
  "@bufbuild/protobuf": ["@grpc/grpc-js/LICENSE", "@bufbuild/protobuf/dist/esm/wire/varint.js"],
  "@koromix/koffi-win32-x64": ["koffi/LICENSE.txt"],
};

/** Where the texts of a package are, both seen from `installed`, a node_modules. Throws when there is none. */
export function licenceFiles(installed, name) {
  const own = readdirSync(join(installed, name)).filter((file) =>
    /^(licen[cs]e|copying)/i.test(file),
  );
  if (own.length > 0) return own.map((file) => `${name}/${file}`);
  const elsewhere = textsElsewhere[name] ?? [];
  const missing = elsewhere.filter((file) => !existsSync(join(installed, file)));
  if (elsewhere.length > 0 && missing.length === 0) return elsewhere;
  throw new Error(
    `${name} brings no text of its licence: read it, and name a file that has the text in scripts/licence-files.mjs`,
  );
}
