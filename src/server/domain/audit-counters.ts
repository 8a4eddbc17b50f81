// What the watches over processes, ports and blocks have counted since the broker started. Numbers only rise, but for those
// under `now`, which the last round of the audit set.

export class AuditCounters {
  /** Rounds of the audit that were finished. */
  rounds = 0;
  /** Rounds that saw nothing because the tables could not be read. */
  blindRounds = 0;
  /** How often all processes of the host were walked because something was suspicious. */
  walks = 0;
  /** Ports whose judgement had to wait for another round. */
  postponed = 0;
  /** Leases of which something new was written down. */
  recorded = 0;
  strangers = 0;
  orphans = 0;
  /** Ports that several listened on at once. */
  contested = 0;
  neverBound = 0;
  holderExited = 0;
  /** Ports that the operating system did not hold for their block any more. */
  drifted = 0;
  repaired = 0;
  readonly now = { unbound: 0, bound: 0, stranger: 0, orphaned: 0, unknown: 0, squatters: 0 };
}
