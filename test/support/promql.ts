// Which metrics an expression of PromQL reads. No parser: it knows what is not the name of a metric, and that is enough for ours.
// https://prometheus.io/docs/prometheus/latest/querying/basics/

const keywords = new Set(["and", "or", "unless", "offset", "bool", "inf", "nan"]);
const groupings = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;

export function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}/g, "")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(groupings, "");
  const names = [...bare.matchAll(/(?<![\w.$])([a-zA-Z_:][\w:]*)(?!\w)(\s*\()?/g)]
    .filter(([, , call]) => call === undefined)
    .map(([, name = ""]) => name)
    .filter((name) => !keywords.has(name.toLowerCase()));
  return [...new Set(names)];
}

/** What a histogram is read by. */
export function familyOf(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, "");
}
