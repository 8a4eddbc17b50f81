// One knock: a TCP connection that is closed as soon as it is there, and what that says of the host. A guess: a firewall may answer for
// a host that is down, or keep silent for one that is up.

import { lookup as dnsLookup } from "node:dns/promises";
import { connect, isIP } from "node:net";
import type { ProbeOutcome } from "../view/fleet-entities.js";
import { mayKnockAt, type KnockTarget } from "./knock-target.js";

/** Two repeats of a lost SYN, after one second and two more: RFC 6298, section 2. */
export const knockWithinMs = 3_000;

/** All addresses of a name. Nobody waits for them any more once `time` is aborted. */
export type LookUp = (host: string, time: AbortSignal) => Promise<readonly string[]>;

export const systemLookUp: LookUp = async (host) =>
  (await dnsLookup(host, { all: true })).map(({ address }) => address);

/**
 * One name at a time. The system looks up few at once and calls none of them back, so that many names which nobody answers for would keep
 * all others of this process waiting, such as that of etcd: https://nodejs.org/api/dns.html#implementation-considerations
 * A name whose turn does not come in time is not looked up.
 */
export function oneAtATime(lookUp: LookUp): LookUp {
  let before: Promise<unknown> = Promise.resolve();
  return (host, time) => {
    const found = before.then(() => (time.aborted ? [] : lookUp(host, time)));
    before = found.catch(() => undefined);
    return found;
  };
}

export interface KnockOptions {
  readonly lookUp: LookUp;
  readonly signal: AbortSignal;
  readonly withinMs?: number;
}

/** Never rejects. An aborted one finds "unknown". */
export async function knock(
  target: KnockTarget,
  { lookUp, signal, withinMs = knockWithinMs }: KnockOptions,
): Promise<ProbeOutcome> {
  const time = AbortSignal.any([signal, AbortSignal.timeout(withinMs)]);
  const address = await addressOf(target.host, lookUp, time);
  if (address === null || signal.aborted) return "unknown";
  return connectTo(address, target.port, time, signal);
}

/** The first address of it that may be knocked at; `null`: there is none, or it was not found in time. */
async function addressOf(host: string, lookUp: LookUp, time: AbortSignal): Promise<string | null> {
  const found = isIP(host) === 0 ? lookUp(host, time).catch(() => []) : Promise.resolve([host]);
  const addresses = await Promise.race([found, over(time)]);
  return addresses.find(mayKnockAt) ?? null;
}

/** Nothing, when the time is over. A name server that keeps silent is no reason to wait for it. */
function over(time: AbortSignal): Promise<readonly string[]> {
  return new Promise((resolve) => {
    if (time.aborted) resolve([]);
    else time.addEventListener("abort", () => resolve([]), { once: true });
  });
}

function connectTo(
  host: string,
  port: number,
  time: AbortSignal,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (outcome: ProbeOutcome): void => {
      time.removeEventListener("abort", late);
      socket.destroy();
      resolve(signal.aborted ? "unknown" : outcome);
    };
    const late = (): void => end("no-answer");
    time.addEventListener("abort", late, { once: true });
    socket.once("connect", () => end("broker-answers"));
    socket.once("error", (error: NodeJS.ErrnoException) => end(outcomeOf(error.code)));
    if (time.aborted) late();
  });
}

/** What a connection that failed says. Somebody at the address has to be there to refuse. */
function outcomeOf(code: string | undefined): ProbeOutcome {
  switch (code) {
    case "ECONNREFUSED":
    case "ECONNRESET":
      return "host-answers";
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
      return "no-answer";
    default:
      return "unknown";
  }
}
