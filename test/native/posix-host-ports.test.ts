// The contract of every host on this one: real sockets, a real second process; once as it is and once as on an older kernel.

import { openHostPorts } from "@portlease/native";
import { loadLibc } from "#native/posix/bindings.js";
import { linuxLayout } from "#native/posix/layout.js";
import { openPosixHostPorts } from "#native/posix/open.js";
import { ProcTcpTables } from "#native/posix/tcp-tables.js";
import { describeOnLinux } from "./support/linux-only.js";
import { posixContract } from "./support/posix-contract.js";

describeOnLinux("PosixHostPorts", () => {
  posixContract(openHostPorts, "held");
});

describeOnLinux("PosixHostPorts where netlink cannot be used", () => {
  const open = () => openPosixHostPorts(loadLibc(), linuxLayout, new ProcTcpTables());
  posixContract(open, "held");
});
