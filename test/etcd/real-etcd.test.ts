// The client with a real etcd: every operation.

import { randomUUID } from "node:crypto";
import { describeWithEtcd } from "../support/etcd-program.js";
import { etcdOfSuite } from "../support/etcd.js";
import { etcdClients } from "../support/etcd-client.js";
import { describeEtcd } from "./etcd-contract.js";

describeWithEtcd("a real etcd", () => {
  const etcd = etcdOfSuite();
  const open = etcdClients();

  describeEtcd("the client", () => ({
    etcd: open(etcd().endpoint),
    prefix: `/${randomUUID()}/`,
    // It passes by itself.
    pass: () => undefined,
    compact: async (revision) => {
      await etcd().ctl("compact", String(revision));
    },
  }));
});
