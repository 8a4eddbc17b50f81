// A network between etcd, a broker and a fleet server that comes apart: namespace/partition.ts, in a namespace of its own.

import { fileURLToPath } from "node:url";
import { describeWithEtcd } from "../../support/etcd-program.js";
import { itInNamespace } from "../../support/network-namespace.js";

describeWithEtcd("a fleet on a network that comes apart", () => {
  const file = fileURLToPath(new URL("namespace/partition.js", import.meta.url));
  itInNamespace("says what is cut off, and is right again after it", file, 400_000);
});
