// The options of a LeaseClient and their defaults.

import type { ChannelOptions } from "@grpc/grpc-js";
import { openLesseeSockets, type LesseeSockets } from "@portlease/native";
import { finiteMs } from "./acquire-options.js";
import type { BrokerAccessOptions } from "./broker-access.js";
import { systemClock, systemTimers, type Clock, type Timers } from "./clock.js";
import type { Log } from "./log.js";
import { sharedSignalRelease, type SignalRelease } from "./signal-release.js";

/** All are optional. */
export interface LeaseClientOptions extends BrokerAccessOptions {
  /**
   * The broker's address, such as "127.0.0.1:7600" or "unix:/run/portlease.sock". Default: PORTLEASE_ADDRESS, else where the broker of
   * this host says it is, also when it comes back elsewhere, else 127.0.0.1:7600.
   */
  readonly address?: string;
  /** More options of the gRPC channel. https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/README.md */
  readonly channelOptions?: ChannelOptions;
  /** How long `acquire` tries to reach the broker, in milliseconds; default 30,000. Time in line (`maxWaitMs`) comes on top. */
  readonly acquireTimeoutMs?: number;
  /** How long `release` tries to tell the broker, in milliseconds; default 2,000. It also bounds the release at a signal. */
  readonly releaseTimeoutMs?: number;
  /**
   * Release all leases when the process gets SIGTERM, SIGINT or (Ctrl+Break on Windows) SIGBREAK; default true. The signal is then raised again, so that the
   * process ends as it would without portlease; where the application itself listens for the signal, ending is left to it.
   */
  readonly releaseOnSignals?: boolean;
  /** Gets what happens between client and broker; default nothing. Never gets a secret. */
  readonly log?: Log;
  /** For tests: where time, timers, jitter (0 to below 1), sockets and signals come from. Default: this process. */
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: () => number;
  readonly sockets?: () => LesseeSockets;
  readonly signalRelease?: SignalRelease;
}

/** The options with their defaults. */
export interface ClientSettings {
  readonly channelOptions: ChannelOptions;
  readonly acquireTimeoutMs: number;
  readonly releaseTimeoutMs: number;
  /** `null` when signals are left alone. */
  readonly signalRelease: SignalRelease | null;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly sockets: () => LesseeSockets;
}

const defaultChannelOptions: ChannelOptions = {
  // The broker is on this host; a proxy of the environment could only get in the way.
  "grpc.enable_http_proxy": 0,
  // A broker that restarts is back in a second; the defaults of gRPC (1 s to 120 s) would outlast a lease.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // A connection that breaks off without a word is noticed within 15 s, well before an acquire gives up; without this never, while
  // its calls wait. https://github.com/grpc/grpc/blob/master/doc/keepalive.md
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
};

/** Throws OPTION_INVALID. */
export function clientSettings(options: LeaseClientOptions): ClientSettings {
  const signalRelease =
    options.releaseOnSignals === false ? null : (options.signalRelease ?? sharedSignalRelease());
  return {
    channelOptions: { ...defaultChannelOptions, ...options.channelOptions },
    acquireTimeoutMs: finiteMs("acquireTimeoutMs", options.acquireTimeoutMs ?? 30_000),
    releaseTimeoutMs: finiteMs("releaseTimeoutMs", options.releaseTimeoutMs ?? 2_000),
    signalRelease,
    log: options.log ?? (() => undefined),
    clock: options.clock ?? systemClock,
    timers: options.timers ?? systemTimers,
    random: options.random ?? Math.random,
    sockets: options.sockets ?? openLesseeSockets,
  };
}
