// Where a broker serves its dashboard.

import type { BrokerProcess } from "../../../../support/broker-process.js";

/** With a slash at the end. Throws when it serves none. */
export function dashboardUrl(broker: BrokerProcess): string {
  const { httpAddress } = broker.ready;
  if (httpAddress === null) throw new Error("the broker serves no dashboard");
  return `http://${httpAddress}/`;
}
