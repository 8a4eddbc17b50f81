// Client options for tests in this process: fake time, and no hands on its signals.

import type { LeaseClientOptions } from "@portlease/client";
import type { FakeLeaseService } from "./fake-lease-service.js";
import type { FakeTime } from "./fake-time.js";

export function labOptions(service: FakeLeaseService, time: FakeTime): LeaseClientOptions {
  const { address } = service;
  return { address, clock: time, timers: time, random: () => 0, releaseOnSignals: false };
}
