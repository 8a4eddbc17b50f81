// The client of etcd as the broker and the fleet server open it.

import { EtcdError, type Etcd } from "./etcd.js";
import { EtcdClient } from "./etcd-client.js";
import { type EtcdLimits, usualLimits } from "./etcd-limits.js";
import { EtcdLinks } from "./etcd-links.js";
import type { EtcdUser } from "./etcd-token.js";
import { systemTimers, type Timers } from "./timers.js";
import { plainChannel, tlsChannel, type EtcdTlsFiles } from "./tls-channel.js";

export type { EtcdTlsFiles } from "./tls-channel.js";
export type { EtcdUser } from "./etcd-token.js";
export type { EtcdLimits } from "./etcd-limits.js";

export interface EtcdOptions {
  /** As `parseEtcdUrl` gives them. */
  readonly endpoints: readonly string[];
  readonly secure: boolean;
  /** Only with `secure`. They are read for each new connection. */
  readonly tls?: EtcdTlsFiles;
  /** Default: no user. Whoever configures it asks `passwordInClearTo` first. */
  readonly user?: EtcdUser | undefined;
  readonly limits?: Partial<EtcdLimits>;
  /** For tests. */
  readonly timers?: Timers;
  readonly random?: () => number;
}

/** Connects only when it is used. Throws EtcdError refused when the files of TLS cannot be used. */
export function openEtcd(options: EtcdOptions): Etcd {
  const { endpoints, secure, tls = {}, user = null } = options;
  const { timers = systemTimers, random = Math.random } = options;
  const limits = { ...usualLimits, ...options.limits };
  const settings = secure ? (endpoint: string) => tlsChannel(endpoint, tls) : () => plainChannel();
  try {
    for (const endpoint of endpoints) settings(endpoint);
  } catch (error) {
    const message = `etcd cannot be reached by TLS: ${(error as Error).message}`;
    throw new EtcdError("refused", message, { cause: error });
  }
  const dialing = { timers, connectMsMax: limits.connectMsMax, settings };
  return new EtcdClient(new EtcdLinks(endpoints, dialing, user), timers, random, limits);
}
