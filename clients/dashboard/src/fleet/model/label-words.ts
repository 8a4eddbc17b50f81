// Labels as a person types them: "env=prod zone=a".

/** A word without "=" is a label with an empty value. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf("=");
      return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}
