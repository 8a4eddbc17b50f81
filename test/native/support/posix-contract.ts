// The contract of hosts on this very host, with a real second process; once for each kind that it has.

import type { HostPorts, ReservationKind } from "@portlease/native";
import { type ContractHost, hostPortsContract } from "../host-ports-contract.js";
import { OtherProcess } from "./other-process.js";
import { type KindTraits, traitsOf } from "./reservation-traits.js";
import { TestPorts } from "./test-ports.js";

/** Registers the contract; inside a describe block. */
export function posixContract(
  openHost: () => HostPorts,
  kind: ReservationKind,
  traits: KindTraits = traitsOf[kind],
): void {
  let other: OtherProcess;
  let ports: TestPorts;

  after(async () => {
    await other.end();
    await ports.close();
  });

  const open = async (): Promise<ContractHost> => {
    const host = openHost();
    other = await OtherProcess.start();
    ports = await TestPorts.open(host);
    const bind = { address: "127.0.0.1", bindMethod: traits.bindMethod } as const;
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
          await other.tell({ do: "lease", port, serve, ...bind });
        },
        close: async (port) => {
          await other.tell({ do: "close", port });
        },
      },
    };
  };
  hostPortsContract(kind, open, traits);
}
