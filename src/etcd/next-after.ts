// Where the next page of keys begins, also where keys are no text.

/**
 * What a range goes on after. `last`: the last key of a page; `after`: what that page went on after.
 *
 * A key that is no UTF-8 is not what is stored once it is read, and may come before itself: the next page would be this one again, for
 * ever. Such a page leads behind all keys that have the same text before what is none; keys of ASCII alone come before those.
 */
export function nextAfter(last: string, after: string | undefined): string {
  if (after === undefined || isAfter(last, after)) return last;
  return behind(last.slice(0, Math.max(0, last.indexOf("\uFFFD"))));
}

/** In etcd's order, which is that of bytes. */
function isAfter(key: string, other: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(other)) > 0;
}

/** The first text that does not begin with this one, and is after it. */
function behind(text: string): string {
  const characters = Array.from(text);
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const next = following(last.codePointAt(0) ?? 0);
    if (next !== null) return characters.join("") + next;
  }
  return lastCharacter;
}

const lastCharacter = "\u{10FFFF}";

/** `null`: there is none. */
function following(codePoint: number): string | null {
  if (codePoint === 0x10_ffff) return null;
  // Surrogates are no characters.
  return String.fromCodePoint(codePoint === 0xd7ff ? 0xe000 : codePoint + 1);
}
