// What the messages of FleetService say of the fleet server itself.

import { FleetSource_Kind } from "@portlease/proto/portlease/v1/fleet_service.js";
import type { FleetSource } from "../sources/fleet-source.js";
import type { FleetFacts } from "./wire-fleet.js";

const wireKinds: Readonly<Record<FleetSource["kind"], FleetSource_Kind>> = {
  etcd: FleetSource_Kind.KIND_ETCD,
  brokers: FleetSource_Kind.KIND_BROKERS,
};

/** Brokers that are found by DNS come and go: the addresses are those of now. */
export function factsOf(
  version: string,
  source: Pick<FleetSource, "kind" | "addresses">,
): FleetFacts {
  return {
    version,
    sourceKind: wireKinds[source.kind],
    get sourceAddresses() {
      return source.addresses;
    },
  };
}
