// What is asked of the view by those who show it. FleetView is it; tests of handlers may have a smaller one.

import type {
  FleetHost,
  FleetLease,
  FleetProblem,
  FleetTotals,
  HostProbe,
  MinuteGrants,
  SourceStatus,
} from "./fleet-entities.js";

/** Where a list goes on: after this lease, whether it is there still or not. */
export interface LeasePosition {
  readonly hostId: string;
  readonly leaseId: string;
}

export interface FleetReader {
  /** How many changes it has taken in; what changes nothing does not count. */
  readonly changes: number;
  readonly hostCount: number;
  readonly leaseCount: number;
  /** `undefined`: unknown. */
  host(hostId: string): FleetHost | undefined;
  /** By host id, those after `after` alone ("": all). May be read on after the view has changed. */
  hosts(after?: string): Iterable<FleetHost>;
  lease(hostId: string, leaseId: string): FleetLease | undefined;
  /** By host id and lease id, those after `after` alone (`null`: all). May be read on after the view has changed. */
  leases(after?: LeasePosition | null): Iterable<FleetLease>;
  /** By lease id, as they are now; none for an unknown host. */
  leasesOf(hostId: string): readonly FleetLease[];
  /** By host id and lease id. The service's name exactly. */
  leasesOfService(service: string): readonly FleetLease[];
  /** By host id and lease id: of all hosts and protocols, the port anywhere in a run. */
  leasesAtPort(port: number): readonly FleetLease[];
  totals(): FleetTotals;
  /** Whole minutes of the last hour by the view's own clock, oldest first; those that no host tells of are left out. */
  grants(): readonly MinuteGrants[];
  /** The worst first. The same array for as long as nothing in it changes. */
  problems(): readonly FleetProblem[];
  /** Those of one host ("": of the fleet itself), the worst first. */
  problemsOf(hostId: string): readonly FleetProblem[];
  source(): SourceStatus;
  /** For how long the host has not been heard, by the view's wall clock, never negative; `null` while it is, or never was. */
  staleAgeMs(host: FleetHost): number | null;
}

/** What the probe of hosts tells the view. */
export interface ProbeSink {
  /** A no-op for a host that is unknown, heard from, or stopped. It is forgotten when the host is heard from again. */
  setProbe(hostId: string, probe: HostProbe): void;
}
