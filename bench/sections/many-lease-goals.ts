// What very many leases may cost, by the goals of the design: for a whole broker, and for the lease core alone.

/** All indexes of a lease included. */
export const heapBytesMax = 1_024;
/** A restart, in times that its store takes to be read and decoded. */
export const restartRatioMax = 5;
/** From the end of a TTL until that is told, when all of them end at once. */
export const expiryLagMsMax = 1_000;
