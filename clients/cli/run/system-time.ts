// The clock and the timers of this process, for what tests give others.

import type { Clock, Timers } from "@portlease/client";

/** setTimeout takes at most 2^31 - 1 ms and treats more as 1 ms. https://nodejs.org/api/timers.html */
const delayMsMax = 2 ** 31 - 1;

export const systemTime: Clock & Timers = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timeout = setTimeout(callback, Math.min(Math.ceil(delayMs), delayMsMax));
    return { cancel: () => clearTimeout(timeout) };
  },
};
