// A client on fake time and a scripted broker for each test, and short ways to wait for what they do.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { LeaseClient, PortleaseError, type Lease, type LeaseLost } from "@portlease/client";
import { LeaseNotice_Type } from "@portlease/proto/portlease/v1/lease_service.js";
import type { LeaseEndReason } from "@portlease/proto/portlease/v1/lease.js";
import { eventually } from "../../../support/eventually.js";
import { FakeLeaseService, type BrokerNews } from "./fake-lease-service.js";
import { FakeTime } from "./fake-time.js";
import { labOptions } from "./lab-options.js";

export interface ClientLab {
  readonly service: FakeLeaseService;
  readonly time: FakeTime;
  readonly client: LeaseClient;
  /** Waits until the client's log has a message with this text so many times. */
  readonly said: (text: string, times: number) => Promise<true>;
}

/** Call it within `describe`; the result gives the current test's lab. */
export function clientLabs(): () => ClientLab {
  let lab: ClientLab | null = null;
  beforeEach(async () => {
    const service = await new FakeLeaseService().start();
    const time = new FakeTime();
    const logged: string[] = [];
    const log = (_level: string, message: string): void => void logged.push(message);
    const client = new LeaseClient({ ...labOptions(service, time), log });
    const said = (text: string, times: number): Promise<true> =>
      eventually(`"${text}" in the log, ${times} times`, () => {
        return logged.filter((message) => message.includes(text)).length === times;
      });
    lab = { service, time, client, said };
  });
  afterEach(async () => {
    await lab?.client.close();
    lab?.service.stop();
  });
  return () => lab ?? assert.fail("no test is running");
}

/** The failure of something that must fail. */
export async function failure(attempt: Promise<unknown>): Promise<PortleaseError> {
  const error: unknown = await attempt.then(
    () => assert.fail("nothing failed"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PortleaseError, inspect(error));
  return error;
}

export function nextLost(lease: Lease): Promise<LeaseLost> {
  return new Promise((resolve) => lease.once("lost", resolve));
}

/** The broker's news that a lease ended. */
export function endNotice(leaseId: string, endReason: LeaseEndReason): BrokerNews {
  const type = LeaseNotice_Type.TYPE_ENDED;
  const message = "an operator took it";
  return { $case: "leaseNotice", value: { leaseId, type, endReason, reservations: [], message } };
}
