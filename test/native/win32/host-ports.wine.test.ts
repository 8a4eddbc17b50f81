// The contract of every host on Windows, for each kind that it has: real calls, a real second process.

import { openHostPorts } from "@portlease/native";
import { type ContractHost, hostPortsContract } from "../host-ports-contract.js";
import { FreePorts } from "./support/free-ports.js";
import { WindowsProgram } from "./support/windows-program.js";

for (const kind of ["persistent", "runtime", "administered"] as const) {
  describe(`Win32HostPorts with blocks of kind ${kind}`, () => {
    let program: WindowsProgram;

    after(() => program.end());

    hostPortsContract(kind, async (): Promise<ContractHost> => {
      const host = openHostPorts();
      const ports = new FreePorts(host);
      program = await WindowsProgram.start();
      return {
        host,
        absentKind: "held",
        freeRun: (portCount) => Promise.resolve(ports.take(portCount)),
        program,
      };
    });
  });
}
