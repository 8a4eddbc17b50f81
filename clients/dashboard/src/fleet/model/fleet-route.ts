// Where in the dashboard of the fleet one is: the part of the address after "#", with what is searched for, filtered and sorted by.
// A token never stands in it.

export type FleetRoute =
  | { readonly view: "overview"; readonly query: URLSearchParams }
  | { readonly view: "hosts"; readonly query: URLSearchParams }
  | { readonly view: "host"; readonly hostId: string; readonly query: URLSearchParams }
  | { readonly view: "service"; readonly service: string; readonly query: URLSearchParams }
  | { readonly view: "search"; readonly query: URLSearchParams }
  | { readonly view: "problems"; readonly query: URLSearchParams }
  | { readonly view: "unknown" };

/** `hash` is with or without its "#". */
export function parseFleetRoute(hash: string): FleetRoute {
  const [path = "", ...queries] = hash.replace(/^#/, "").split("?");
  const query = new URLSearchParams(queries.join("?"));
  const [view = "", argument, ...more] = path.replace(/^\//, "").split("/");
  if (more.length > 0) return { view: "unknown" };
  switch (view) {
    case "":
      return { view: "overview", query };
    case "hosts":
      return argument === undefined
        ? { view: "hosts", query }
        : { view: "host", hostId: decoded(argument), query };
    case "services":
      return argument === undefined
        ? { view: "unknown" }
        : { view: "service", service: decoded(argument), query };
    case "search":
    case "problems":
      return argument === undefined ? { view, query } : { view: "unknown" };
    default:
      return { view: "unknown" };
  }
}

export function hostLink(hostId: string): string {
  return `#/hosts/${encodeURIComponent(hostId)}`;
}

export function serviceLink(service: string): string {
  return `#/services/${encodeURIComponent(service)}`;
}

export function searchLink(text: string): string {
  return withQuery("#/search", { q: text });
}

/** `path` with what is not empty of `values`. */
export function withQuery(path: string, values: Readonly<Record<string, string>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== "") params.set(name, value);
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
