// How much of a message something takes, quickly and never too little.

/** A tag and a length, or a tag and a number. */
const fieldBytes = 16;
/** A UTF-16 unit never takes more in UTF-8. */
const bytesPerUnitMax = 3;

/** Of a message of the API, or a part of one. */
export function wireBytesMax(value: unknown): number {
  if (typeof value === "string") return fieldBytes + value.length * bytesPerUnitMax;
  if (typeof value !== "object" || value === null) return fieldBytes;
  // A timestamp has two numbers.
  if (value instanceof Date) return 2 * fieldBytes;
  let bytes = fieldBytes;
  const isList = Array.isArray(value);
  for (const [key, part] of Object.entries(value)) {
    // The keys of a map are sent; the names of fields are no longer than what is counted for them.
    bytes += wireBytesMax(part) + (isList ? 0 : key.length);
  }
  return bytes;
}
