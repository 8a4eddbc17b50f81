// The limits of the transport, in one place. The API tells them in GetBroker.

/** A renewal of 1,000 leases is about 90 kB; nothing legitimate is larger. */
export const messageBytesMax = 256 * 1024;
/** Calls under way at once on one connection. */
export const streamsPerConnectionMax = 1_000;
/** Connections at once; more are closed at accept, so that descriptors are left for the blocks. */
export const connectionsMax = 5_000;
/** Sends a ping on an idle connection, and gives it up without an answer, so that half-open ones do not pile up. */
export const keepaliveTimeMs = 60_000;
export const keepaliveTimeoutMs = 20_000;
