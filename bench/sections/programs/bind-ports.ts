// Holds so many ports of the host, as a broker on a machine like this does, and prints how many ms that took.

import { openHostPorts } from "@portlease/native";

const portCount = Number(process.argv[2]);
const host = openHostPorts();
const startMs = performance.now();
await host.reserveBlock({
  kind: "held",
  protocol: "tcp",
  firstPort: null,
  pick: "auto",
  isolation: "shared",
  portCount,
  leasedPorts: null,
  intend: () => Promise.resolve(),
});
process.stdout.write(String(performance.now() - startMs));
// What is held goes with the process.
process.exit();
