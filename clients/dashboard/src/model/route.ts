// Where in the dashboard one is: the part of the address after "#". A token never stands in it.

export type Route =
  | { readonly view: "overview" }
  | { readonly view: "leases"; readonly query: URLSearchParams }
  | { readonly view: "lease"; readonly leaseId: string }
  | { readonly view: "blocks" }
  | { readonly view: "events" }
  | { readonly view: "explain"; readonly port: number | null }
  | { readonly view: "unknown" };

/** `hash` is with or without its "#". */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?");
  const [view = "", argument, ...more] = path.replace(/^\//, "").split("/");
  if (more.length > 0) return { view: "unknown" };
  switch (view) {
    case "":
      return { view: "overview" };
    case "leases":
      return argument === undefined
        ? { view: "leases", query: new URLSearchParams(query) }
        : { view: "lease", leaseId: decoded(argument) };
    case "explain":
      return { view: "explain", port: parsePort(argument ?? "") };
    case "blocks":
    case "events":
      return argument === undefined ? { view } : { view: "unknown" };
    default:
      return { view: "unknown" };
  }
}

/** 1 to 65535; `null` for anything else. */
export function parsePort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text.trim())) return null;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : null;
}

export function leaseLink(leaseId: string): string {
  return `#/leases/${encodeURIComponent(leaseId)}`;
}

export function explainLink(port: number): string {
  return `#/explain/${port}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
