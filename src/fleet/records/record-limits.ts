// How large a record of the fleet may be. What a broker grants fits; what is beyond was not written by one.

/** The value of a key, in bytes. A host with 64 pools and 100 problems has about 60 kB, a lease with the longest labels 70 kB. */
export const recordBytesMax = 256 * 1024;
/** Characters of a host's id, as of a DNS name: https://www.rfc-editor.org/rfc/rfc1035#section-3.1 */
export const hostIdLengthMax = 253;
/** The longest lease id that a broker makes. */
export const leaseIdLengthMax = 32;

/** As a holder may have them. */
export const nameLengthMax = 128;
export const labelsMax = 32;
export const labelKeyLengthMax = 63;
export const labelValueLengthMax = 255;

/** A pool's name. */
export const poolNameLengthMax = 63;
/** More than a configuration may have, since pools that were taken out of it stay until their last lease ends. */
export const poolsMax = 256;
/** As many as GetBroker tells. */
export const problemsMax = 100;
export const problemTextLengthMax = 2_000;
/** Words: reasons, versions, platforms, ids of brokers and of blocks. */
export const wordLengthMax = 128;
/** Host names and addresses; room for brackets, a port and an IPv6 zone. */
export const addressLengthMax = 300;
export const brokerAddressesMax = 16;
export const urlLengthMax = 2_000;
/** Minutes of grants: an hour. */
export const grantMinutesMax = 60;
/** Counts: ports of a pool, requests in line, grants of a minute. */
export const countMax = 1_000_000_000;
/** The longest time to live, in ms: far above what a pool may allow. */
export const ttlMsMax = 100 * 366 * 86_400_000;
/** 9999-12-31T23:59:59.999Z: the last one that RFC 3339 can write. */
export const wallMsMax = 253_402_300_799_999;
