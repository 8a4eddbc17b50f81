// Searches recorded output for secrets. secrets.txt in the directory has one secret per line; it is the only file that may.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const secretsFile = "secrets.txt";

/** One sentence per file and secret found; the secret itself is not repeated in full. */
export function leakedSecrets(directory) {
  const secrets = readSecrets(join(directory, secretsFile));
  if (secrets.length === 0) return [];
  const files = readdirSync(directory).filter((name) => name !== secretsFile);
  return files.flatMap((name) => {
    const content = readFileSync(join(directory, name), "utf8");
    return secrets
      .filter((secret) => content.includes(secret))
      .map(
        (secret) =>
          `a secret (${secret.slice(0, 4)}...) is in the output kept in ${join(directory, name)}`,
      );
  });
}

function readSecrets(path) {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return [...new Set(lines.filter((line) => line !== ""))];
}
