// Runs once, in Vitest's main process: leases one port for each worker, renews the lease while the tests run, and gives it back
// after them. The pool must be one with `bind: plain`, because the tests bind their port by its number.

import { LeaseClient } from "@portlease/client";

export default async function setUp(project) {
  const client = new LeaseClient();
  const portCount = project.config.maxWorkers;
  const lease = await client.acquire({ service: "vitest", pool: "tests", portCount });
  project.provide("ports", lease.ports);
  return () => client.close();
}
