// npm run test:fleet: the tests of the fleet that npm test runs too, alone: the client of etcd, what brokers publish, the fleet
// server. Those that need etcd are skipped where there is none. Other arguments go to scripts/test.mjs.
import { join } from "node:path";
import { root, runNode } from "./prepare.mjs";

const folders = ["test/etcd", "test/fleet", "test/server/fleet"];

process.exitCode = await runNode([
  join(root, "scripts", "test.mjs"),
  ...folders,
  ...process.argv.slice(2),
]);
