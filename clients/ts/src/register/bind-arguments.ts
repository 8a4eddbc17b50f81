// What the arguments of `dgramSocket.bind(...)` ask for, read as Node reads them, in the words of listen-arguments.ts.
// https://github.com/nodejs/node/blob/v20.20.2/lib/dgram.js (Socket.prototype.bind)

import { namePrefix, type ListenPlace } from "./listen-arguments.js";

export interface BindWish {
  readonly place: ListenPlace;
  /** `null`: all addresses of the socket's family. */
  readonly host: string | null;
  readonly exclusive: boolean;
  /** Called at "listening", unless an error comes before. */
  readonly callback: (() => void) | null;
  /** Node binds by itself because something is to be sent: a client, whose port nobody needs to know. */
  readonly implicit: boolean;
}

export function bindWish(args: readonly unknown[]): BindWish {
  const [first, second] = args;
  const callback = args.at(-1);
  const options: object =
    typeof first === "object" && first !== null
      ? first
      : { port: typeof first === "function" ? undefined : first, address: second };
  const address: unknown = Reflect.get(options, "address");
  const exclusive = Reflect.get(options, "exclusive") === true;
  const place = placeOf(options);
  return {
    place,
    host: typeof address === "string" && address !== "" ? address : null,
    exclusive,
    callback: typeof callback === "function" ? (callback as () => void) : null,
    // `this.bind({ port: 0, exclusive: true }, null)` of send() and connect(); nobody else gives null for a callback.
    implicit: exclusive && args.length === 2 && second === null && isAnyPort(place),
  };
}

function isAnyPort(place: ListenPlace): boolean {
  return place.kind === "port" && place.port === 0;
}

function placeOf(options: object): ListenPlace {
  if (typeof Reflect.get(options, "recvStart") === "function") return { kind: "handle" };
  const descriptor: unknown = Reflect.get(options, "fd");
  if (typeof descriptor === "number" && descriptor > 0) return { kind: "other" };
  const given: unknown = Reflect.get(options, "port") ?? 0;
  if (typeof given === "string" && given.startsWith(namePrefix)) {
    return { kind: "name", name: given.slice(namePrefix.length) };
  }
  const port = typeof given === "string" && given.trim() === "" ? NaN : Number(given);
  const valid = Number.isInteger(port) && port >= 0 && port <= 65_535;
  return valid ? { kind: "port", port } : { kind: "other" };
}
