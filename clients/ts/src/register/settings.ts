// What the environment says about leasing without a code change. Where the broker is, and how to call it, the client reads itself.

import { clientError } from "../errors.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What becomes of the servers on a lease that is lost. */
export type LossPolicy = "exit" | "close" | "ignore";

export interface RegisterSettings {
  readonly service: string;
  readonly instance: string;
  /** "": the broker's default. */
  readonly pool: string;
  /** The pool of UDP ports; `null`: dgram sockets lease only by name, from `pool`. */
  readonly udpPool: string | null;
  readonly onLost: LossPolicy;
  /** How long a listen waits for a broker that is not up yet, in milliseconds. */
  readonly waitBrokerMs: number;
  /** What a listen does without a broker: fail, or listen as it would without portlease. */
  readonly withoutBroker: "fail" | "listen";
}

const lossPolicies: readonly LossPolicy[] = ["ignore", "close", "exit"];
const withoutBrokerChoices = ["fail", "listen"] as const;

/** Names are at most this long: AcquireLeaseRequest.holder of the API. */
const nameLengthMax = 128;

const defaultWaitBrokerMs = 30_000;

/** What a timer can do, about 24 days. */
const waitBrokerMsMax = 2 ** 31 - 1;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/**
 * Variables: PORTLEASE_SERVICE, PORTLEASE_INSTANCE, PORTLEASE_POOL, PORTLEASE_UDP_POOL, PORTLEASE_ON_LOST,
 * PORTLEASE_WAIT_BROKER, PORTLEASE_WITHOUT_BROKER; an empty one counts as unset. `mainScript`: the path of the program, if there
 * is one. Throws OPTION_INVALID.
 */
export function registerSettings(
  environment: Environment,
  mainScript: string | undefined,
): RegisterSettings {
  return {
    service: serviceName(environment, mainScript),
    instance: environment["PORTLEASE_INSTANCE"] || "",
    pool: environment["PORTLEASE_POOL"] || "",
    udpPool: environment["PORTLEASE_UDP_POOL"] || null,
    onLost: oneOf("PORTLEASE_ON_LOST", environment, lossPolicies),
    waitBrokerMs: waitBrokerMs(environment),
    withoutBroker: oneOf("PORTLEASE_WITHOUT_BROKER", environment, withoutBrokerChoices),
  };
}

/** npm names the package of a script that it runs: https://docs.npmjs.com/cli/v11/using-npm/scripts#packagejson-vars */
function serviceName(environment: Environment, mainScript: string | undefined): string {
  const given = environment["PORTLEASE_SERVICE"] || environment["npm_package_name"];
  const name = given || scriptName(mainScript ?? "") || "node";
  return name.slice(0, nameLengthMax);
}

/** "orders" for "/srv/orders.js" and "C:\\srv\\orders.mjs"; the folder's name for what says nothing, as "/srv/orders/index.js". */
function scriptName(mainScript: string): string {
  const parts = mainScript.split(/[\\/]/).filter((part) => part !== "");
  const own = (parts.at(-1) ?? "").replace(/\.[cm]?[jt]s$/, "");
  return own === "index" ? (parts.at(-2) ?? own) : own;
}

/** The first choice is the default. */
function oneOf<T extends string>(
  name: string,
  environment: Environment,
  [first, ...others]: readonly T[],
): T {
  const value = environment[name] || first;
  const found = [first, ...others].find((choice) => choice === value);
  if (found !== undefined) return found;
  throw invalid(name, value ?? "", `one of ${[first, ...others].join(", ")}`);
}

function waitBrokerMs(environment: Environment): number {
  const name = "PORTLEASE_WAIT_BROKER";
  const text = environment[name] || "";
  if (text === "") return defaultWaitBrokerMs;
  const [, digits = "", unit = ""] = /^(\d{1,9})(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(digits) * (unitMs[unit] ?? NaN);
  if (ms <= waitBrokerMsMax) return ms;
  throw invalid(name, text, "a time such as 500ms, 10s or 2m, at most 24 days");
}

function invalid(name: string, value: string, expected: string): Error {
  const message = `${name} is "${value}"; give ${expected}.`;
  return clientError("INVALID_ARGUMENT", "OPTION_INVALID", message, { option: name, value });
}
