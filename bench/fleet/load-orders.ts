// What etcd-run.ts and load-program.ts say to each other.

import type { FleetSize } from "./options.js";

export interface LoadSettings {
  readonly size: FleetSize;
  /** host:port. */
  readonly endpoint: string;
}

export type LoadOrder =
  /** Until all brokers are connected and etcd has everything. */
  | { readonly do: "settle" }
  | { readonly do: "live"; readonly rate: number; readonly seconds: number }
  /** Every lease changes at once; does not wait for etcd. */
  | { readonly do: "drift" }
  | { readonly do: "stop" };

export interface LoadFigures {
  readonly tookMs: number;
  /** That brokers were told of. */
  readonly changes: number;
  /** Keys that were written or removed meanwhile: several changes of a lease may be one. */
  readonly published: number;
  readonly transactions: number;
  /** Leases whose change was not in etcd yet when the time was over. */
  readonly pending: number;
  /** Of all brokers together, by this process. */
  readonly cpuMs: number;
  /** That the brokers have at the end. */
  readonly leases: number;
  /** etcd's revision at the end. */
  readonly revision: string;
}

export type LoadAnswer = { readonly ready: true } | { readonly figures: LoadFigures };
