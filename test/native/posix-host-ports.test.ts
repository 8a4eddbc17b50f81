// The contract of every host on this one: real sockets, a real second process; once as it is and once as on an older kernel.

import { openHostPorts } from "@portlease/native";
import { loadLibc } from "#native/posix/bindings.js";
import { linuxLayout } from "#native/posix/layout.js";
import { openPosixHostPorts } from "#native/posix/open.js";
import { ProcTcpTables } from "#native/posix/tcp-tables.js";
import { type ContractHost, hostPortsContract } from "./host-ports-contract.js";
import { describeOnLinux } from "./support/linux-only.js";
import { OtherProcess } from "./support/other-process.js";
import { TestPorts } from "./support/test-ports.js";

function contractOn(openHost: typeof openHostPorts): void {
  let other: OtherProcess;
  let ports: TestPorts;

  after(async () => {
    await other.end();
    await ports.close();
  });

  hostPortsContract("held", async (): Promise<ContractHost> => {
    const host = openHost();
    other = await OtherProcess.start();
    ports = await TestPorts.open(host);
    return {
      host,
      absentKind: "persistent",
      freeRun: (portCount) => ports.take(portCount),
      program: {
        processId: other.processId,
        listen: async (port) => {
          await other.tell({ do: "listen", port, address: "127.0.0.1" });
        },
        lease: async (_block, port, serve) => {
          const bind = { address: "127.0.0.1", bindMethod: "share-port" } as const;
          await other.tell({ do: "lease", port, serve, ...bind });
        },
        close: async (port) => {
          await other.tell({ do: "close", port });
        },
      },
    };
  });
}

describeOnLinux("PosixHostPorts", () => {
  contractOn(openHostPorts);
});

describeOnLinux("PosixHostPorts where netlink cannot be used", () => {
  contractOn(() => openPosixHostPorts(loadLibc(), linuxLayout, new ProcTcpTables()));
});
