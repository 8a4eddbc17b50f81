// "Did you mean ...?" for words that are not known: keys of the configuration file, variables, commands.

import { distance } from "fastest-levenshtein";

/** The candidate that was most likely meant, or `null` when none is near. Case and punctuation do not count. */
export function suggest(word: string, candidates: readonly string[]): string | null {
  const wanted = plain(word);
  if (wanted === "") return null;
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const known = plain(candidate);
    // A clear beginning ("dataDir") is meant as such, however long the rest is.
    const startsAlike =
      wanted.length >= 3 && (known.startsWith(wanted) || wanted.startsWith(known));
    const between = startsAlike ? Math.min(1, distance(wanted, known)) : distance(wanted, known);
    if (between < bestDistance) {
      best = candidate;
      bestDistance = between;
    }
  }
  // Two of five letters may be wrong; beyond that a suggestion confuses more than it helps.
  return bestDistance <= Math.max(1, Math.floor(wanted.length * 0.4)) ? best : null;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}
