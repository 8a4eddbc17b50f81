// Puts one damaged byte of a text right, where a checksum of 128 bits says which text it was. What it returns is proven; it
// guesses nothing.

/** Above this many bytes trying all of them takes too long. */
const bytesMax = 4_096;

/** The text itself or one that differs from it in one byte, whichever `isRight` accepts; `null` when none is. */
export function mendText(bytes: Uint8Array, isRight: (text: string) => boolean): string | null {
  const asIs = Buffer.from(bytes).toString("utf8");
  if (isRight(asIs)) return asIs;
  if (bytes.length > bytesMax) return null;
  const tried = Buffer.from(bytes);
  for (const [index, byte] of bytes.entries()) {
    for (let other = 0; other < 256; other++) {
      if (other === byte) continue;
      tried[index] = other;
      const text = tried.toString("utf8");
      if (isRight(text)) return text;
    }
    tried[index] = byte;
  }
  return null;
}

/** True when two checksums are the same but for one digit or byte: the checksum itself was damaged, not what it is of. */
export function nearlyEqual(checksum: string, other: string): boolean {
  if (checksum.length !== other.length) return false;
  let differences = 0;
  for (let index = 0; index < checksum.length; index++) {
    if (checksum.charCodeAt(index) !== other.charCodeAt(index)) differences++;
  }
  return differences <= 1;
}
