// The options `--proxy...` of `portlease run`: as commander knows them, and what they mean. What is done with them is
// proxy-handover.ts.

import { Option, type Command } from "commander";
import { usageFailure } from "../../cli-failure.js";
import { duration, positiveDuration, wholeNumber } from "../../value-parsers.js";
import type { LeaseWish } from "../leases-wanted.js";
import { childAddress, type ChildAddress } from "./child-address.js";
import type { ProxyProtocol } from "./proxy-header.js";

/** As given; times in milliseconds. */
export interface ProxyFlags {
  readonly proxy?: boolean;
  readonly proxyTo?: ProxyTarget;
  readonly proxyWait?: number;
  readonly proxyIdle?: number;
  readonly proxyDrain?: number;
  readonly proxyConnections?: number;
  readonly proxyProtocol?: ProxyProtocol;
}

/** `port`: a private one for each leased port. `socket`: a private Unix socket or named pipe. */
export type ProxyTarget = "port" | "socket" | ChildAddress;

export interface ProxyOptions {
  readonly to: ProxyTarget;
  /** See ForwarderOptions. */
  readonly waitMs: number;
  readonly idleMs: number | null;
  readonly connectionsMax: number;
  readonly proxyProtocol: ProxyProtocol | null;
  /** How long open connections may go on before the program is asked to end, in milliseconds. */
  readonly drainMs: number;
}

const waitMsDefault = 30_000;
const drainMsDefault = 5_000;
/** Each takes two descriptors of this process, and up to 512 KiB where both of its sides are slow. */
const connectionsDefault = 4_000;

export function addProxyOptions(command: Command): Command {
  return command
    .option(
      "--proxy",
      "listen on the port and forward to the program, which listens on a private one",
    )
    .option(
      "--proxy-to <address>",
      "where the program listens: host:port, a path, or {socket} for a private one (default: a private port)",
      (text) => (text === "{socket}" ? "socket" : childAddress(text)),
    )
    .option(
      "--proxy-wait <time>",
      "how long connections wait for a program that does not listen (default: 30s)",
      duration,
    )
    .option(
      "--proxy-idle <time>",
      "end connections on which nothing was sent for this long (default: never)",
      positiveDuration,
    )
    .option(
      "--proxy-drain <time>",
      "how long open connections may go on before the program gets SIGTERM or SIGINT (default: 5s)",
      duration,
    )
    .option(
      "--proxy-connections <n>",
      "how many connections there may be at a time (default: 4000)",
      wholeNumber(1, 100_000),
    )
    .addOption(
      new Option(
        "--proxy-protocol <version>",
        "tell the program who the peer is, by the PROXY protocol (default: not)",
      ).choices(["v1", "v2"]),
    );
}

/** `null` without `--proxy`. Throws CliFailure for options that contradict each other, or leases that cannot be forwarded. */
export function proxyOptionsOf(
  flags: ProxyFlags & { readonly handover: string },
  wishes: readonly LeaseWish[],
): ProxyOptions | null {
  const { proxy, proxyTo, proxyWait, proxyIdle, proxyDrain, proxyConnections, proxyProtocol } =
    flags;
  if (proxy !== true) {
    const details = [proxyTo, proxyWait, proxyIdle, proxyDrain, proxyConnections, proxyProtocol];
    if (details.every((value) => value === undefined)) return null;
    throw usageFailure("the options --proxy-... have a meaning with --proxy only; add it");
  }
  if (flags.handover !== "auto") {
    throw usageFailure(
      `--proxy and --handover ${flags.handover} are two ways for one thing; leave one of them out`,
    );
  }
  if (wishes.some(({ acquire }) => (acquire.protocol ?? "tcp") !== "tcp")) {
    throw usageFailure(
      "--proxy forwards TCP connections only, and a lease is asked for that has UDP; leave --proxy out, so that the " +
        "program gets the UDP socket itself",
    );
  }
  const portCount = wishes.reduce((sum, { acquire }) => sum + (acquire.portCount ?? 1), 0);
  if (proxyTo !== undefined && portCount > 1) {
    throw usageFailure(
      `--proxy-to names one place, and ${portCount} ports are asked for; leave it out, so that each gets a private port`,
    );
  }
  return {
    to: proxyTo ?? "port",
    waitMs: proxyWait ?? waitMsDefault,
    idleMs: proxyIdle ?? null,
    connectionsMax: proxyConnections ?? connectionsDefault,
    proxyProtocol: proxyProtocol ?? null,
    drainMs: proxyDrain ?? drainMsDefault,
  };
}
