// The doctor of Linux, put together.

import { release } from "node:os";
import { loadLibc } from "../../posix/bindings.js";
import { linuxLayout } from "../../posix/layout.js";
import { openPosixHostPorts } from "../../posix/open.js";
import { NetlinkTcpTables, ProcTcpTables } from "../../posix/tcp-tables.js";
import { type Doctor, doctorOf } from "../doctor.js";
import type { Fact } from "../fact.js";
import type { Probe } from "../probe.js";
import { heldFacts } from "./held-facts.js";
import { hostFacts } from "./host-facts.js";
import { LinuxContext } from "./linux-context.js";
import { PosixProbe } from "./posix-probe.js";

export const linuxFacts: readonly Fact<LinuxContext>[] = [...hostFacts, ...heldFacts];

export function openLinuxDoctor(): Doctor {
  const libc = loadLibc();
  const hostPorts = openPosixHostPorts(libc, linuxLayout);
  const tables = new NetlinkTcpTables(libc, new ProcTcpTables());
  const { elevated, kinds, autoKind } = hostPorts.capabilities();
  return doctorOf({
    platform: "linux",
    release: release(),
    elevated,
    kinds,
    autoKind,
    facts: linuxFacts,
    openProbe: () => new PosixProbe(libc, linuxLayout),
    newContext: (...base) => new LinuxContext({ hostPorts, tables }, ...base),
  });
}

export function openLinuxProbe(): Probe {
  return new PosixProbe(loadLibc(), linuxLayout);
}
