// Makes text of strangers safe to show on one line: services choose their own names, and neither a newline nor a terminal
// sequence in one may fake or hide what stands around it.

/** Control characters, line separators and direction marks as \uXXXX; everything else as it is. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
