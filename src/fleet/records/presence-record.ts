// Says that a broker is there: it stands in etcd for as long as the broker keeps its etcd lease alive.

export interface PresenceRecord {
  /** As in the host's record. */
  readonly brokerId: string;
  readonly startedWallMs: number;
}
