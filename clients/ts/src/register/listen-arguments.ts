// What the arguments of `server.listen(...)` ask for, read as Node reads them. Whether that is leased is decided in decision.ts.
// https://github.com/nodejs/node/blob/v20.20.2/lib/net.js (normalizeArgs, Server.prototype.listen)

/** Where to listen. */
export type ListenPlace =
  /** A port by its number; 0: any. */
  | { readonly kind: "port"; readonly port: number }
  /** A name such as "portlease:orders": "orders", or "" for the process's own. */
  | { readonly kind: "name"; readonly name: string }
  /** A handle that is bound already. */
  | { readonly kind: "handle" }
  /** A path, a pipe, a descriptor, or what Node will refuse. */
  | { readonly kind: "other" };

export interface ListenWish {
  readonly place: ListenPlace;
  /** An address or a host name; `null`: all addresses. */
  readonly host: string | null;
  /** `null`: Node's default. */
  readonly backlog: number | null;
  readonly ipv6Only: boolean;
  readonly exclusive: boolean;
  readonly signal: AbortSignal | null;
  /** Called at "listening". */
  readonly callback: (() => void) | null;
  /** The options as they were given, for Node. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What stands before the name of a service in place of a port or a path. */
export const namePrefix = "portlease:";

/** Throws nothing: what Node would refuse is "other", and Node's to refuse. */
export function listenWish(args: readonly unknown[]): ListenWish {
  const options = optionsOf(args);
  const host = Reflect.get(options, "host");
  const signal = Reflect.get(options, "signal");
  const callback = args.at(-1);
  const backlog = numberOf(Reflect.get(options, "backlog")) ?? backlogOf(args);
  return {
    place: placeOf(options),
    host: typeof host === "string" && host !== "" ? host : null,
    backlog: backlog === null || backlog < 1 ? null : backlog,
    ipv6Only: Reflect.get(options, "ipv6Only") === true,
    exclusive: Reflect.get(options, "exclusive") === true,
    signal: isSignal(signal) ? signal : null,
    callback: typeof callback === "function" ? (callback as () => void) : null,
    options,
  };
}

function optionsOf(args: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [first, second] = args;
  if (typeof first === "object" && first !== null) return first as Record<string, unknown>;
  const host = typeof second === "string" ? { host: second } : {};
  if (first === undefined || first === null || typeof first === "function") {
    return { port: 0, ...host };
  }
  const isPath = typeof first === "string" && numberOf(first) === null;
  return isPath ? { path: first, ...host } : { port: first, ...host };
}

function placeOf(options: Readonly<Record<string, unknown>>): ListenPlace {
  if (isHandle(options)) return { kind: "handle" };
  const descriptor = Reflect.get(options, "fd");
  if (typeof descriptor === "number" && descriptor >= 0) return { kind: "other" };
  if (!("port" in options) && !("path" in options)) return { kind: "handle" };
  const signal = Reflect.get(options, "signal");
  if (signal !== undefined && !isSignal(signal)) return { kind: "other" };
  const port: unknown = "port" in options ? (options["port"] ?? 0) : null;
  const name = nameIn(port) ?? nameIn(options["path"]);
  if (name !== null) return { kind: "name", name };
  const number = numberOf(port);
  const valid = number !== null && Number.isInteger(number) && number >= 0 && number <= 65_535;
  return valid ? { kind: "port", port: number } : { kind: "other" };
}

function nameIn(value: unknown): string | null {
  if (typeof value !== "string" || !value.startsWith(namePrefix)) return null;
  return value.slice(namePrefix.length);
}

/** (port, backlog) or (port, host, backlog). */
function backlogOf([, second, third]: readonly unknown[]): number | null {
  return numberOf(second) || numberOf(third);
}

/** A number, or a text that is one, such as process.env.PORT. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}

/** As Node tells them: https://github.com/nodejs/node/blob/v20.20.2/lib/internal/validators.js (validateAbortSignal) */
function isSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value;
}

/** A handle, or what has one. A handle has a descriptor too (fd), and is not meant by it. */
function isHandle(options: object): boolean {
  if (typeof Reflect.get(options, "listen") === "function") return true;
  return Boolean(Reflect.get(options, "_handle") || Reflect.get(options, "handle"));
}
