// Where the broker is: what the caller says, else the environment, else what the broker of this host wrote down, else the default.
// One rule for the library and the command line.

import { readDiscovery, type BrokerPlace, type DiscoveryAnswer } from "./discovery-file.js";
import { discoveryPlaces } from "./discovery-places.js";

/** Where a broker listens unless it was told otherwise. */
export const defaultAddress = "127.0.0.1:7600";

/** A gRPC address, and who says so. */
export interface BrokerLocation {
  readonly address: string;
  readonly source: "option" | "environment" | "discovery-file" | "default";
  /** The discovery file that says so; `null` when none does. */
  readonly file: string | null;
  /** Each discovery file that was there and did not count, with the reason: sentences for people. */
  readonly leftAside: readonly string[];
}

export interface LocateOptions {
  /** What the caller says; counts before all else. */
  readonly address?: string | undefined;
  /** True when the caller would speak TLS: then it can do without the local socket of a broker that wants TLS. Default false. */
  readonly secured?: boolean;
  /** The only discovery file to look at. Default: all of this host. */
  readonly file?: string | null;
}

/** What it looks at; this process and its host, except in tests. */
export interface LocateWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly places: readonly string[];
  readonly read: (path: string) => DiscoveryAnswer;
}

/** Reads files each time, and never throws: nothing that it finds is better than the default. */
export function locateBroker(
  { address, secured = false, file = null }: LocateOptions = {},
  world: LocateWorld = thisHost(),
): BrokerLocation {
  if (address !== undefined) return { address, source: "option", file: null, leftAside: [] };
  const fromEnvironment = world.environment["PORTLEASE_ADDRESS"];
  if (fromEnvironment !== undefined && fromEnvironment !== "") {
    return { address: fromEnvironment, source: "environment", file: null, leftAside: [] };
  }
  const leftAside: string[] = [];
  for (const path of file === null ? world.places : [file]) {
    const answer = world.read(path);
    if (answer.state === "unusable") leftAside.push(`${path} ${answer.why}`);
    if (answer.state === "found") {
      const best = bestOf(answer.place, secured);
      return { address: best, source: "discovery-file", file: path, leftAside };
    }
  }
  return { address: defaultAddress, source: "default", file: null, leftAside };
}

/** The broker's first choice; but without TLS its local socket, where its TCP address wants TLS. */
function bestOf({ addresses, tls }: BrokerPlace, secured: boolean): string {
  const [first = defaultAddress] = addresses;
  if (tls !== true || secured) return first;
  return addresses.find((address) => address.startsWith("unix:")) ?? first;
}

function thisHost(): LocateWorld {
  const { platform, env: environment } = process;
  const userId = process.geteuid?.() ?? null;
  return {
    environment,
    places: discoveryPlaces({ platform, environment, userId }),
    read: readDiscovery,
  };
}
