// The limits of the HTTP listener, in one place; docs/limits.md tells them. How long a message may be, and how many connections
// there may be, is the same as for gRPC.

/** The line and the headers of a request. A stream's message stands in the line: the longest filter of a watch is 2,000 characters. */
export const headerBytesMax = 16 * 1024;
/** From its first byte, or from the connection's beginning, until all headers are there: who is slower has bad intentions or no network. */
export const headersWithinMs = 10_000;
/** Until the body is there, too. */
export const requestWithinMs = 30_000;
/** How often late requests are looked for. */
export const lateRequestsEveryMs = 2_000;
/** A caller who takes nothing of an answer for so long is given up: its place among the requests under way is for others. */
export const answerTakenWithinMs = 60_000;
/** A connection without a request is kept for the next one; browsers give it up after minutes by themselves. */
export const idleConnectionMs = 60_000;
/** Requests under way at once, streams among them, on all connections; a page of a dashboard makes a handful. */
export const requestsMax = 512;
/** Streams at once: each open page of a dashboard has one. */
export const streamsMax = 128;
/** What is said on a stream on which nothing else is, so that proxies and readers know that it lives. */
export const keepAliveEveryMs = 15_000;
/** A stream is ended whose reader has taken nothing of what waits for it for this many keep-alives. */
export const stalledKeepAlivesMax = 4;
/** After the last word on a stream, its reader has this long to take what was written before. */
export const lastWordsWithinMs = 5_000;
/** A caller may not set a deadline later than this, in milliseconds: ten digits, https://connectrpc.com/docs/protocol */
export const timeoutDigitsMax = 10;
/** Shorter answers are sent as they are: it would cost more than it saves, and no answer with a secret is longer. */
export const compressFromBytes = 16 * 1024;
/** Answers compressed at once; further ones are sent as they are. */
export const compressionsMax = 4;
/** The files of the dashboard, and all of them together: more is no dashboard. They are kept in memory. */
export const dashboardFilesMax = 500;
export const dashboardBytesMax = 32 * 1024 * 1024;
