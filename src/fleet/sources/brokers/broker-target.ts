// A broker of the list that a small fleet without etcd is made of: where it is, and what it takes to be let in.

import { findListenAddress } from "../../../server/config/listen-address.js";

/** `null`: none, or what is usual. */
export interface BrokerTarget {
  /** host:port, or unix: and a path. */
  readonly address: string;
  /** What the fleet calls the host; `null`: the name that the host says. */
  readonly name: string | null;
  /** A file with a token of the role viewer. */
  readonly tokenFile: string | null;
  /** Given, or `certFile`: TLS. "system": the authorities that Node trusts. */
  readonly caFile: string | null;
  /** The fleet server's own certificate, with `keyFile`. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

/** What all brokers of a list have in common that say nothing else. */
export type BrokerDefaults = Omit<BrokerTarget, "address" | "name">;

export const noDefaults: BrokerDefaults = {
  tokenFile: null,
  caFile: null,
  certFile: null,
  keyFile: null,
};

/**
 * Each costs a connection, two streams and the leases of a whole host in memory, in every fleet server, and each fleet server costs
 * each broker the same. Larger fleets publish to etcd.
 */
export const brokersMax = 200;

/** The list cannot be used; the message says what is wrong with it, and what to do. */
export class BrokerListError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BrokerListError";
  }
}

/** The brokers at these addresses. Throws BrokerListError. */
export function givenBrokers(
  addresses: readonly string[],
  defaults: BrokerDefaults,
): readonly BrokerTarget[] {
  return checkedList(addresses.map((address) => ({ ...defaults, address, name: null })));
}

/** The list itself. Throws BrokerListError when it has too many, one twice, or an address that is none. */
export function checkedList(brokers: readonly BrokerTarget[]): readonly BrokerTarget[] {
  if (brokers.length > brokersMax) {
    throw new BrokerListError(
      `there are ${brokers.length} brokers, and at most ${brokersMax} can be watched one by one: have them publish to etcd instead ` +
        "(fleet.etcd of the brokers, --etcd of the fleet server)",
    );
  }
  const seen = new Set<string>();
  for (const { address, certFile, keyFile } of brokers) {
    if (!isBrokerAddress(address)) {
      throw new BrokerListError(
        `"${address}" is no address of a broker: give host:port, such as build-01.example:7600`,
      );
    }
    if (seen.has(address)) throw new BrokerListError(`${address} is there twice; name it once`);
    if ((certFile === null) !== (keyFile === null)) {
      const missing = certFile === null ? "certFile" : "keyFile";
      throw new BrokerListError(`${address} has no ${missing}; give certFile and keyFile, or none`);
    }
    seen.add(address);
  }
  return brokers;
}

function isBrokerAddress(text: string): boolean {
  return /^unix:./.test(text) || (findListenAddress(text)?.port ?? 0) > 0;
}
