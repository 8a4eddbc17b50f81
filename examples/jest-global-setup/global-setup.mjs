// Runs once, in Jest's main process: leases one port for each worker, and renews the lease while the tests run. The pool must be
// one with `bind: plain`, because the tests bind their port by its number.

import { LeaseClient } from "@portlease/client";

export default async function setUp({ maxWorkers }) {
  const client = new LeaseClient();
  const lease = await client.acquire({ service: "jest", pool: "tests", portCount: maxWorkers });
  // Workers are started after this and inherit it; the teardown runs in this process.
  process.env.LEASED_PORTS = lease.ports.join(",");
  globalThis.leaseClient = client;
}
