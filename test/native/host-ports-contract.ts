// What every HostPorts and LesseeSockets must do for a kind of reservation, run against the fake and the real ones. Register it
// inside a describe block, once per kind. What differs by kind is in support/reservation-traits.ts and nowhere else.

import type { ReservationKind } from "@portlease/native";
import { ContractBench, type ContractHost } from "./support/contract-bench.js";
import type { KindTraits } from "./support/reservation-traits.js";
import { portsContract } from "./support/ports-contract.js";
import { reservingContract } from "./support/reserving-contract.js";

export type { ContractHost, ContractProgram } from "./support/contract-bench.js";

/** `traits`: where the host's kind does not do what it does elsewhere. */
export function hostPortsContract(
  kind: ReservationKind,
  open: () => Promise<ContractHost>,
  traits?: KindTraits,
): void {
  const bench = new ContractBench(kind, open, traits);

  before(() => bench.open());
  afterEach(() => bench.cleanUp());

  reservingContract(bench);
  portsContract(bench);
}
