// The limits of the transport, in one place; docs/limits.md tells them all, and GetBroker those that callers run into.

/** A renewal of 1,000 leases is about 90 kB; nothing legitimate is larger. */
export const messageBytesMax = 256 * 1024;
/** Calls under way at once on one connection. */
export const streamsPerConnectionMax = 1_000;
/** Calls under way at once that ask the operating system for its tables or start its tools. */
export const hostLooksMax = 16;
/** Sends a ping on an idle connection, and gives it up without an answer, so that half-open ones do not pile up. */
export const keepaliveTimeMs = 60_000;
export const keepaliveTimeoutMs = 20_000;
/** How long a connection may take until it speaks HTTP/2, and how long TLS may take before that. */
export const firstWordsWithinMs = 10_000;
export const tlsHandshakeWithinMs = 10_000;

/** What the configuration may change. */
export interface TransportLimits {
  /** Connections at once; more are closed at accept, so that descriptors are left for the blocks. */
  readonly connectionsMax: number;
  /** The same from one address of another host. This host's own share one address, and are not counted apart. */
  readonly connectionsPerAddressMax: number;
  /**
   * Calls that one connection may make in a second, in the long run and at once. The default, 20,000, is far above what one process
   * needs: 64,000 leases renewed one by one every 10 s are 6,400.
   */
  readonly callsPerSecondMax: number;
}
