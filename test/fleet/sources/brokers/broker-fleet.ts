// Brokers of a test, and a source over them whose view can be looked at.

import { FleetView } from "#fleet/view/fleet-view.js";
import type { FleetHost } from "#fleet/view/fleet-entities.js";
import type { BrokerList } from "#fleet/sources/brokers/broker-list.js";
import { BrokersSource } from "#fleet/sources/brokers/brokers-source.js";
import { type Pacing, systemPacing } from "#fleet/sources/pacing.js";
import { createLog } from "#server/log.js";
import { systemClock } from "#server/system-clock.js";
import { Writable } from "node:stream";
import { AccessCaller } from "../../../support/access-lab.js";
import { eventually } from "../../../support/eventually.js";
import { recordText } from "../../../support/test-output.js";

/** Call `close` in any case. */
export class BrokerFleet {
  readonly view = new FleetView(systemClock);
  readonly source: BrokersSource;
  readonly #callers: AccessCaller[] = [];

  constructor(list: BrokerList, pacing: Pacing = systemPacing) {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        recordText(chunk.toString(), "brokers-source");
        done();
      },
    });
    const log = createLog({ level: "debug", format: "json" }, output);
    this.source = new BrokersSource({ list, sink: this.view, log, pacing });
    this.source.start();
  }

  get hosts(): readonly FleetHost[] {
    return [...this.view.hosts()];
  }

  /** "id: state, how many leases", of each host. */
  get summary(): readonly string[] {
    return this.hosts.map(({ hostId, state, leases }) => `${hostId}: ${state}, ${leases.length}`);
  }

  /** Resolves with the host at the address when `accept` says so. */
  until(
    what: string,
    address: string,
    accept: (host: FleetHost) => boolean = () => true,
  ): Promise<FleetHost> {
    return eventually(what, () => {
      const host = this.hosts.find(({ record }) => record?.brokerAddresses[0] === address);
      return host !== undefined && accept(host) ? host : null;
    });
  }

  untilHeard(address: string): Promise<FleetHost> {
    return this.until(`${address} is heard`, address, ({ state }) => state === "heard-from");
  }

  caller(address: string): AccessCaller {
    const caller = new AccessCaller(address);
    this.#callers.push(caller);
    return caller;
  }

  async close(): Promise<void> {
    for (const caller of this.#callers.splice(0)) caller.close();
    await this.source.close();
  }
}
